/**
 * The header of a WAL page, which says where the page belongs and whether its first bytes go on with a record
 * of the page before; the first page of each segment has a longer one that also says to what cluster. See
 * XLogPageHeaderData and XLogLongPageHeaderData in src/include/access/xlog_internal.h.
 */

import type { Lsn } from '../backup/lsn.ts';

/** Flags of a page (xlp_info). */
export const PAGE_FLAG = {
  /** The page begins with the rest of a record. */
  firstIsContrecord: 0x1,
  longHeader: 0x2,
  /** Of use to archivers only; says nothing that could be checked. */
  removable: 0x4,
  /** The rest of the record before was never written; the page begins with a new one. */
  firstIsOverwriteContrecord: 0x8,
} as const;
const ALL_FLAGS = 0xf;

/** The magic numbers of the versions (XLOG_PAGE_MAGIC). */
const MAGIC_OF_VERSION: Readonly<Record<number, number>> = {
  13: 0xd106,
  14: 0xd10d,
  15: 0xd110,
  16: 0xd113,
  17: 0xd116,
  18: 0xd118,
};

export const SHORT_HEADER_BYTES = 24;
export const LONG_HEADER_BYTES = 40;

/** Where fields are, in bytes from the beginning of the page. */
const AT = {
  magic: 0,
  flags: 2,
  timeline: 4,
  address: 8,
  remaining: 16,
  systemIdentifier: 24,
  segmentBytes: 32,
  blockBytes: 36,
} as const;

/** What every page says. */
export interface WalPageHeader {
  readonly magic: number;
  readonly flags: number;
  readonly timeline: number;
  /** Where the page is in the WAL. */
  readonly address: Lsn;
  /** How many bytes of the record that began earlier are still to come. */
  readonly remaining: number;
  /** The length of this header. */
  readonly bytes: number;
}

/** What the first page of a segment says besides. */
export interface WalSegmentHeader {
  readonly systemIdentifier: bigint;
  readonly segmentBytes: number;
  readonly blockBytes: number;
}

/** The major version that writes pages with this magic number; undefined for an unknown one. */
export function versionOfMagic(magic: number): number | undefined {
  const found = Object.entries(MAGIC_OF_VERSION).find(([, known]) => known === magic);
  return found === undefined ? undefined : Number(found[0]);
}

/** Whether there are only flags that exist. */
export function flagsAreKnown(flags: number): boolean {
  return (flags & ~ALL_FLAGS) === 0;
}

/** Reads a header; there must be SHORT_HEADER_BYTES of it. */
export function readPageHeader(page: Buffer): WalPageHeader {
  const flags = page.readUInt16LE(AT.flags);
  return {
    magic: page.readUInt16LE(AT.magic),
    flags,
    timeline: page.readUInt32LE(AT.timeline),
    address: page.readBigUInt64LE(AT.address),
    remaining: page.readUInt32LE(AT.remaining),
    bytes: flags & PAGE_FLAG.longHeader ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES,
  };
}

/** Reads what a long header has besides; there must be LONG_HEADER_BYTES of it. */
export function readSegmentHeader(page: Buffer): WalSegmentHeader {
  return {
    systemIdentifier: page.readBigUInt64LE(AT.systemIdentifier),
    segmentBytes: page.readUInt32LE(AT.segmentBytes),
    blockBytes: page.readUInt32LE(AT.blockBytes),
  };
}
