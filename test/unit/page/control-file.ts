/** Makes control files as a server writes them, for tests. */

import { crc32c } from '../../../lib/crc/crc32c.ts';
import { CONTROL_FILE_BYTES } from '../../../lib/page/pg-control.ts';

/** A control file of this version, with its CRC. */
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
