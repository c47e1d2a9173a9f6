/** Makes control files as a server writes them, for tests. */

import { crc32c } from '../../../lib/crc/crc32c.ts';
import { CONTROL_FILE_BYTES } from '../../../lib/postgres/control-file.ts';

/** Where the fields are that differ from version to version, as in the headers of PostgreSQL. */
export interface Layout {
  readonly version: number;
  readonly minRecoveryAt: number;
  readonly blockSizesAt: number;
  readonly walSizesAt: number;
  readonly checksumsAt: number;
  readonly crcAt: number;
}

const LAYOUT_13: Layout = {
  version: 1300,
  minRecoveryAt: 136,
  blockSizesAt: 216,
  walSizesAt: 224,
  checksumsAt: 252,
  crcAt: 288,
};
const LAYOUT_19: Layout = {
  version: 1905,
  minRecoveryAt: 144,
  blockSizesAt: 224,
  walSizesAt: 236,
  checksumsAt: 268,
  crcAt: 308,
};

/** All that there have been since PostgreSQL 13. */
export const LAYOUTS = {
  13: LAYOUT_13,
  17: { ...LAYOUT_13, version: 1700 },
  18: { ...LAYOUT_13, version: 1800, crcAt: 292 },
  19: LAYOUT_19,
  beta1: { ...LAYOUT_19, version: 1902, checksumsAt: 264, crcAt: 304 },
  beta2: { ...LAYOUT_19, version: 1903 },
  /** Of a version to come. */
  later: { ...LAYOUT_19, version: 2001, crcAt: 328 },
} as const;

/** What is in the fields that tests change. */
export interface Fields {
  /** Bytes in a block, blocks in a segment, bytes in a block of WAL and in a segment of it. */
  readonly sizes?: readonly [number, number, number, number];
  readonly dataChecksumVersion?: number;
  /** The number of a state (enum DBState). */
  readonly state?: number;
}

/** A control file of this layout, with its CRC. */
export function controlFile(
  { version, minRecoveryAt, blockSizesAt, walSizesAt, checksumsAt, crcAt }: Layout,
  { sizes = [8192, 131072, 8192, 16777216], dataChecksumVersion = 1, state = 6 }: Fields = {},
): Buffer {
  return buildControlFile(version, crcAt, (bytes) => {
    bytes.fill(0, 216, 256);
    [blockSizesAt, blockSizesAt + 4, walSizesAt, walSizesAt + 4].forEach((at, index) => {
      bytes.writeUInt32LE(sizes[index] ?? 0, at);
    });
    bytes.writeUInt32LE(dataChecksumVersion, checksumsAt);
    bytes.writeUInt32LE(state, 16);
    bytes.writeBigUInt64LE(0x1_0300_0028n, minRecoveryAt);
    bytes.writeUInt32LE(4, minRecoveryAt + 8);
  });
}

/** A control file of this version, with its CRC, and with the other fields where PostgreSQL 13 has them. */
export function buildControlFile(
  controlVersion: number,
  crcAt: number,
  edit: (bytes: Buffer) => void = () => {},
): Buffer {
  const bytes = Buffer.alloc(CONTROL_FILE_BYTES);
  bytes.writeBigUInt64LE(7_000_000_000_000_000_001n, 0);
  bytes.writeUInt32LE(controlVersion, 8);
  bytes.writeUInt32LE(202209061, 12);
  bytes.writeUInt32LE(6, 16);
  bytes.writeBigUInt64LE(0x1_0200_0060n, 32);
  bytes.writeBigUInt64LE(0x1_0200_0028n, 40);
  bytes.writeUInt32LE(3, 48);
  [8192, 131072, 8192, 16777216].forEach((value, index) => {
    bytes.writeUInt32LE(value, 216 + 4 * index);
  });
  bytes.writeUInt32LE(1, 252);
  edit(bytes);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, crcAt)), crcAt);
  return bytes;
}
