/**
 * The checksums that a backup manifest may use for files: bytes in, the hexadecimal digits of the manifest
 * out. See src/common/checksum_helper.c and the manual, "Backup Manifest Format".
 */

import { createHash } from 'node:crypto';
import { combineCrc32c } from '../crc/combine.ts';
import { crc32c } from '../crc/crc32c.ts';

/** The algorithms by the names that the manifest gives them; NONE leaves the checksum out. */
export const CHECKSUM_ALGORITHMS = ['NONE', 'CRC32C', 'SHA224', 'SHA256', 'SHA384', 'SHA512'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** A checksum that is being computed; `digest` is called once, at the end. */
export interface Checksum {
  update(bytes: Buffer): void;
  /** As in the manifest; empty with NONE. */
  digest(): string;
}

/** The algorithm of that name, in any case, as pg_checksum_parse_type() reads it; undefined for an unknown one. */
export function parseChecksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

/** Begins a checksum. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'NONE':
      return { update: () => {}, digest: () => '' };
    case 'CRC32C':
      return new Crc32c();
    default: {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => hash.update(bytes), digest: () => hash.digest('hex') };
    }
  }
}

/** The checksum of bytes that are all there. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Buffer): string {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return checksum.digest();
}

/** The CRC32C of two parts one after the other; empty if one of them is. Other checksums cannot be joined. */
export function joinCrc32c(first: string, second: string, secondBytes: number): string {
  if (first === '' || second === '') return '';
  const [one, other] = [first, second].map((text) => Buffer.from(text, 'hex').readUInt32LE());
  return formatCrc32c(combineCrc32c(one ?? 0, other ?? 0, secondBytes));
}

class Crc32c implements Checksum {
  #state = 0;

  update(bytes: Buffer): void {
    this.#state = crc32c(bytes, this.#state);
  }

  digest(): string {
    return formatCrc32c(this.#state);
  }
}

/** The four bytes in the memory order of the server, which is little-endian wherever it matters. */
export function formatCrc32c(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc);
  return bytes.toString('hex');
}
