/**
 * Headers for what does not fit into the block of the member after them: extended headers of pax ('x', and 'g' for all
 * members; pax(1), "pax Interchange Format"), and the long names ('L') and link targets ('K') of GNU tar. The server
 * writes none; GNU tar, bsdtar and Python do. Each is a block with contents, as if it were a file.
 *
 * They count as part of the member's header: all blocks up to the member's own come in, and the fields in them go out.
 */

import { quoted } from '../terminal/visible.ts';
import { FIELD, insistOnHeader, readNumber, TAR_BLOCK_BYTES } from './header-fields.ts';
import { malformedTar, type TarPosition } from './malformed-tar.ts';
import { paxMeaning, paxRecords } from './pax.ts';

/** The fields of a member that its extensions contain. */
export interface Extended {
  /** By the keywords of pax. */
  readonly fields: ReadonlyMap<string, Buffer>;
  /** The first field that bb does not know to be harmless. */
  readonly unsupported: string | undefined;
}

/** One extension: its block, its contents, and all its bytes with the padding. */
export interface Extension {
  readonly type: string;
  readonly bytes: Buffer;
  readonly block: Buffer;
  readonly contents: Buffer;
}

/** The largest header of a member, with all its extensions: far more than names and attributes need. */
const MAX_HEADER_BYTES = 64 * 1024;
const NUL = 0;
/**
 * GNU tar writes a long name, a long link target or both; two of a kind, or of two kinds, would contradict each other.
 */
const ORDER = /^g*(?:x|L|K|LK|KL)?$/;
const LONG_FIELDS: Readonly<Record<string, string>> = { L: 'path', K: 'linkpath' };

/** The block of the member itself in its header. */
export function memberBlock(header: Buffer): Buffer {
  return header.length === TAR_BLOCK_BYTES ? header : header.subarray(-TAR_BLOCK_BYTES);
}

/**
 * The number of bytes that the header has after these, which end with a block: 0 if that is the member's own. Throws
 * BackupError for an extension that is too long.
 */
export function headerBytesAfter(header: Buffer, position: TarPosition): number {
  const block = memberBlock(header);
  switch (typeOf(block)) {
    case 'x':
    case 'g':
    case 'L':
    case 'K': {
      insistOnHeader(block, position);
      const bytes = paddedSize(block) + TAR_BLOCK_BYTES;
      if (header.length + bytes <= MAX_HEADER_BYTES) return bytes;
      throw malformedTar(
        position,
        `extended header that is invalid or longer than ${MAX_HEADER_BYTES} bytes`,
      );
    }
    default:
      return 0;
  }
}

/** Reads the extensions of a whole header. Throws BackupError if they are malformed. */
export function readExtended(header: Buffer, position: TarPosition): Extended {
  const all = [...extensions(header)];
  if (!ORDER.test(all.map(({ type }) => type).join('')))
    throw malformedTar(position, 'extended headers that do not belong together');
  const fields = new Map<string, Buffer>();
  let unsupported: string | undefined;
  for (const each of all) {
    const field = LONG_FIELDS[each.type];
    if (field === undefined) unsupported ??= readRecords(fields, each, position);
    else fields.set(field, longName(each.contents));
  }
  for (const field of Object.values(LONG_FIELDS)) {
    if (fields.get(field)?.includes(NUL)) throw malformedTar(position, 'NUL in an extended header');
  }
  return { fields, unsupported };
}

/** The extensions of a whole header, in their order. */
export function* extensions(header: Buffer): Generator<Extension, void, undefined> {
  for (let at = 0; at < header.length - TAR_BLOCK_BYTES; ) {
    const block = header.subarray(at, at + TAR_BLOCK_BYTES);
    const end = at + TAR_BLOCK_BYTES + paddedSize(block);
    const bytes = header.subarray(at, end);
    const contents = bytes.subarray(TAR_BLOCK_BYTES, TAR_BLOCK_BYTES + readNumber(block, FIELD.size));
    yield { type: typeOf(block), bytes, block, contents };
    at = end;
  }
}

/** Adds the fields of an extended header of pax. Returns what in it is not supported. */
function readRecords(
  fields: Map<string, Buffer>,
  { type, contents }: Extension,
  position: TarPosition,
): string | undefined {
  const records = paxRecords(contents);
  if (records === undefined) throw malformedTar(position, 'malformed record in an extended header of pax');
  let unsupported: string | undefined;
  for (const record of records) {
    const { keyword, value } = record;
    const meaning = paxMeaning(record);
    if (meaning === undefined) unsupported ??= `the pax keyword ${quoted(keyword)}`;
    else if (meaning === 'field' && type === 'g')
      unsupported ??= `the pax keyword ${quoted(keyword)} in a global header`;
    else if (meaning === 'field' && value.length > 0) fields.set(keyword, value);
    else fields.delete(keyword);
  }
  return unsupported;
}

/** A name is closed by a NUL. */
function longName(contents: Buffer): Buffer {
  return contents.at(-1) === NUL ? contents.subarray(0, -1) : contents;
}

/** Length of the contents in whole blocks. */
function paddedSize(block: Buffer): number {
  return Math.ceil(readNumber(block, FIELD.size) / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}

function typeOf(block: Buffer): string {
  return String.fromCharCode(block[FIELD.type.at] ?? 0);
}
