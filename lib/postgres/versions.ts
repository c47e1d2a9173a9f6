/**
 * What differs from version to version of PostgreSQL in the files that bb reads, one row a version. Code that has read
 * a version number from a file looks up its row here; no other code decides by versions. A new version is a new row.
 *
 * The numbers are those of src/include/catalog/pg_control.h, access/xlog_internal.h and access/rmgrlist.h, the offsets
 * those of ControlFileData on 64-bit, little-endian machines.
 */

/** Offsets of fields of global/pg_control; what precedes them is the same in all versions. */
export interface ControlLayout {
  readonly minRecovery: number;
  readonly blockBytes: number;
  readonly segmentBlocks: number;
  readonly walSegmentBytes: number;
  readonly dataChecksumVersion: number;
  /** Where the CRC is; it covers all bytes before it. */
  readonly crc: number;
}

/** What WAL is like. */
export interface WalFormat {
  /** The number that each page begins with (XLOG_PAGE_MAGIC). */
  readonly magic: number;
  /** The flag of a page after an abandoned record (XLP_FIRST_IS_OVERWRITE_CONTRECORD). */
  readonly overwriteFlag: number;
  /** All flags that there are (XLP_ALL_FLAGS). */
  readonly allFlags: number;
  /** The last resource manager that is the server's own. */
  readonly lastManager: number;
  /** The one whose records switch data checksums while the server runs (XLOG2), where there is one. */
  readonly checksumManager?: number;
}

/** A row: the major versions, as PG_VERSION says them, and what they write. */
interface VersionRow {
  readonly majors: readonly number[];
  readonly control: { readonly version: number; readonly layout: ControlLayout };
  readonly wal: WalFormat;
}

const CONTROL_13: ControlLayout = {
  minRecovery: 136,
  blockBytes: 216,
  segmentBlocks: 220,
  walSegmentBytes: 228,
  dataChecksumVersion: 252,
  crc: 288,
};
/** Has one more flag before the nonce. */
const CONTROL_18: ControlLayout = { ...CONTROL_13, crc: 292 };
/** A longer checkpoint, and four bytes more before the sizes of WAL. */
const CONTROL_19: ControlLayout = {
  minRecovery: 144,
  blockBytes: 224,
  segmentBlocks: 228,
  walSegmentBytes: 240,
  dataChecksumVersion: 268,
  crc: 308,
};
const CONTROL_1902: ControlLayout = { ...CONTROL_19, dataChecksumVersion: 264, crc: 304 };

/** Minor versions before 13.5 and 14.1 do not have the flag for abandoned records. */
const WAL_13 = { overwriteFlag: 0x8, allFlags: 0xf, lastManager: 21 } as const;
const WAL_19 = { overwriteFlag: 0x4, allFlags: 0x7, lastManager: 21 } as const;
const WAL_SWITCHING = { ...WAL_19, lastManager: 22, checksumManager: 22 } as const;

const RELEASES: readonly VersionRow[] = [
  { majors: [13], control: { version: 1300, layout: CONTROL_13 }, wal: { magic: 0xd106, ...WAL_13 } },
  { majors: [14], control: { version: 1300, layout: CONTROL_13 }, wal: { magic: 0xd10d, ...WAL_13 } },
  { majors: [15], control: { version: 1300, layout: CONTROL_13 }, wal: { magic: 0xd110, ...WAL_13 } },
  { majors: [16], control: { version: 1300, layout: CONTROL_13 }, wal: { magic: 0xd113, ...WAL_13 } },
  { majors: [17], control: { version: 1700, layout: CONTROL_13 }, wal: { magic: 0xd116, ...WAL_13 } },
  { majors: [18], control: { version: 1800, layout: CONTROL_18 }, wal: { magic: 0xd118, ...WAL_13 } },
  { majors: [19], control: { version: 1905, layout: CONTROL_19 }, wal: { magic: 0xd122, ...WAL_19 } },
];
/** The betas of 19 and the beginnings of 20, in which data checksums can be switched while the server runs. */
const BEFORE_RELEASE: readonly VersionRow[] = [
  {
    majors: [19, 20],
    control: { version: 1902, layout: CONTROL_1902 },
    wal: { magic: 0xd120, ...WAL_SWITCHING },
  },
  {
    majors: [19, 20],
    control: { version: 1903, layout: CONTROL_19 },
    wal: { magic: 0xd121, ...WAL_SWITCHING },
  },
];
const ROWS: readonly VersionRow[] = [...RELEASES, ...BEFORE_RELEASE];

/** The releases that bb knows. */
export const OLDEST_MAJOR = Math.min(...RELEASES.flatMap(({ majors }) => majors));
export const NEWEST_MAJOR = Math.max(...RELEASES.flatMap(({ majors }) => majors));
/** The newest version of which a pre-release is known. Servers of later versions may reply in other ways. */
export const NEWEST_BETA = Math.max(...ROWS.flatMap(({ majors }) => majors));
/** The newest numbers that bb knows. */
export const NEWEST_CONTROL = Math.max(...ROWS.map(({ control }) => control.version));
export const NEWEST_MAGIC = Math.max(...ROWS.map(({ wal }) => wal.magic));
export const NEWEST_MANIFEST = 2;

/** The format of a control file: its layout, whose it is, and whether these may switch data checksums. */
export interface ControlFormat {
  readonly layout: ControlLayout;
  readonly majors: readonly number[];
  readonly switchesChecksums: boolean;
}

/** The format of control files with this version number; undefined if no version that is known writes it. */
export function controlFormat(version: number): ControlFormat | undefined {
  const rows = ROWS.filter(({ control }) => control.version === version);
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    layout: first.control.layout,
    majors: rows.flatMap(({ majors }) => majors),
    switchesChecksums: rows.some(({ wal }) => wal.checksumManager !== undefined),
  };
}

/** The format of WAL with this magic number; undefined if no version that is known writes it. */
export function walFormat(magic: number): WalFormat | undefined {
  return ROWS.find(({ wal }) => wal.magic === magic)?.wal;
}

/** The major versions that write WAL with this magic number. */
export function versionsOfMagic(magic: number): readonly number[] {
  return ROWS.filter(({ wal }) => wal.magic === magic).flatMap(({ majors }) => majors);
}

/**
 * Whether a later version may come to write this magic number: the numbers of a series grow, and its upper byte has
 * been the same since version 12. A backup that is known to be of an older version cannot have it.
 */
export function isNewerMagic(magic: number, version: number | undefined): boolean {
  return (
    magic > NEWEST_MAGIC && magic >> 8 === NEWEST_MAGIC >> 8 && (version ?? NEWEST_MAJOR) >= NEWEST_MAJOR
  );
}
