/**
 * Headers with one field changed: the header of a member in, a new one out. Only the field and the checksum differ. The
 * field is removed from the extensions, so that the one in the member's block counts.
 */

import { type Extension, extensions, memberBlock } from './extensions.ts';
import { FIELD, headerSum, TAR_BLOCK_BYTES, writeNumber } from './header-fields.ts';
import { type PaxRecord, paxRecords } from './pax.ts';

/** Longest target that a symbolic link can have; the server counts a NUL (_tarWriteHeader() in basebackup.c). */
export const MAX_LINK_TARGET_BYTES = FIELD.linkTarget.bytes - 1;

const NOTHING = Buffer.alloc(0);

/** The header of a file for contents of another size. */
export function resizedHeader(header: Buffer, size: number): Buffer {
  return withField(header, 'size', (block) => writeNumber(block, FIELD.size, size));
}

/** The header of a symbolic link that points elsewhere. The target must not be too long. */
export function retargetedHeader(header: Buffer, target: string): Buffer {
  const { at, bytes } = FIELD.linkTarget;
  return withField(header, 'linkpath', (block) => {
    block.fill(0, at, at + bytes);
    block.write(target, at);
  });
}

/** The field is named by its keyword in pax. */
function withField(header: Buffer, keyword: 'linkpath' | 'size', write: (block: Buffer) => void): Buffer {
  const block = edited(memberBlock(header), write);
  return Buffer.concat([...[...extensions(header)].map((each) => without(each, keyword)), block]);
}

function without({ type, bytes, block, contents }: Extension, keyword: string): Buffer {
  if (type === 'K' && keyword === 'linkpath') return NOTHING;
  const records: readonly PaxRecord[] = (type === 'x' && paxRecords(contents)) || [];
  const rest = records.filter((record) => record.keyword !== keyword);
  if (rest.length === records.length) return bytes;
  return rest.length === 0 ? NOTHING : extension(block, Buffer.concat(rest.map((record) => record.bytes)));
}

/** The extension with other contents. */
function extension(before: Buffer, contents: Buffer): Buffer {
  const block = edited(before, (copy) => writeNumber(copy, FIELD.size, contents.length));
  const padding = Buffer.alloc(-contents.length & (TAR_BLOCK_BYTES - 1));
  return Buffer.concat([block, contents, padding]);
}

function edited(block: Buffer, write: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(block);
  write(copy);
  writeNumber(copy, FIELD.checksum, headerSum(copy));
  return copy;
}
