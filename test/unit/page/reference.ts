/** Page checksums by the plain definition, column by column, and pages to try them on. */

/** The header of a page, in bytes from its beginning. */
export const HEADER = { lsn: 0, checksum: 8, upper: 14, sizeAndVersion: 18 } as const;

const COLUMNS = 32;
const PRIME = 16777619;
const BASE_OFFSETS = [
  0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c, 0xf8d4474f,
  0xe39eb970, 0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb, 0xe58f764b, 0x187636bc,
  0x5d7b3bb1, 0xe73de7de, 0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4, 0x783125bb, 0x6ca8eaa2, 0xe407eac6,
  0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756,
];

/** The checksum of a page as a block of its relation. */
export function pageChecksum(page: Buffer, block: number): number {
  const cleared = Buffer.from(page);
  cleared.writeUInt16LE(0, HEADER.checksum);
  let folded = 0;
  BASE_OFFSETS.forEach((base, column) => {
    let sum = base;
    for (let at = column * 4; at < page.length; at += COLUMNS * 4) sum = round(sum, cleared.readUInt32LE(at));
    folded ^= round(round(sum, 0), 0);
  });
  return (((folded ^ block) >>> 0) % 65535) + 1;
}

/** A page with contents, an LSN and a right checksum. */
export function makePage(pageBytes: number, block: number, lsn: bigint, seed = 1): Buffer {
  const page = Buffer.alloc(pageBytes);
  for (let at = 0; at < pageBytes; at += 4) page.writeUInt32LE(Math.imul(at + seed, 2654435761) >>> 0, at);
  page.writeUInt32LE(Number(lsn >> 32n), HEADER.lsn);
  page.writeUInt32LE(Number(lsn & 0xffffffffn), HEADER.lsn + 4);
  page.writeUInt16LE(pageBytes - 8, HEADER.upper);
  page.writeUInt16LE(pageBytes | 4, HEADER.sizeAndVersion);
  page.writeUInt16LE(pageChecksum(page, block), HEADER.checksum);
  return page;
}

function round(sum: number, value: number): number {
  const mixed = sum ^ value;
  return Math.imul(mixed, PRIME) ^ (mixed >>> 17);
}
