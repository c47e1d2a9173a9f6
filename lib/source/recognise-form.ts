/**
 * The form of an input: its first bytes in, the name of the form out. To be used with recogniseHead() of io/head.ts.
 *
 *   stream              a message of a backup stream: a type byte and a length (stream/beginning.ts)
 *   gzip, lz4, zstd     a magic number (compress/magic.ts)
 *   tar                 a header block with its checksum (tar/header-fields.ts)
 *   text                text, and a stream after it (text-before-stream.ts)
 *
 * An input may pause after its first bytes, so no more of it is read than is needed to tell the form.
 */

import { bytesToRecognise, recogniseCompression } from '../compress/magic.ts';
import type { Compression } from '../compress/method.ts';
import { BEGINNING_BYTES, beginsWithMessage, couldBeginStream } from '../stream/beginning.ts';
import { MESSAGE_HEAD_BYTES } from '../stream/framing.ts';
import { isTarHeader, TAR_BLOCK_BYTES } from '../tar/header-fields.ts';
import { mayLeadToStream, textBeforeStream } from './text-before-stream.ts';

/** The forms that a backup may come in; "none" is what is no backup. */
export type Form = 'stream' | 'tar' | 'none' | Compression;

/** The forms of a file that need not be a backup. */
export type FileForm = 'stream' | 'text' | 'other' | Compression;

/**
 * The form of a backup that begins so, or undefined if more bytes are needed, or if it ended too early. If it begins
 * with text, more bytes are needed, since a stream may follow.
 */
export function recogniseForm(head: Buffer, ended: boolean): Form | undefined {
  if (beginsWithMessage(head)) return 'stream';
  const compression = recogniseCompression(head);
  if (compression !== undefined) return compression;
  if (isTarHeader(head)) return 'tar';
  if (ended) return head.length < MESSAGE_HEAD_BYTES ? undefined : 'none';
  if (head.length < Math.max(TAR_BLOCK_BYTES, bytesToRecognise(head))) return undefined;
  return mayLeadToStream(head) ? undefined : 'none';
}

/** Whether and how an input that begins so is compressed; undefined if more bytes are needed. */
export function recogniseCompressed(head: Buffer): Compression | 'other' | undefined {
  return recogniseCompression(head) ?? (head.length < bytesToRecognise(head) ? undefined : 'other');
}

/**
 * The form of any file that begins so; undefined if more bytes are needed. A file that is shorter than the first
 * message of a stream is not a stream. If any file is accepted (`takesAny`), more bytes are needed after text, since a
 * stream may follow, which must not be taken for just any file. Otherwise text is refused at once.
 */
export function recogniseFile(head: Buffer, ended: boolean, takesAny: boolean): FileForm | undefined {
  if (couldBeginStream(head)) {
    if (head.length >= (ended ? MESSAGE_HEAD_BYTES : BEGINNING_BYTES)) return 'stream';
  } else if (ended || head.length >= bytesToRecognise(head))
    return recogniseCompression(head) ?? recogniseText(head, ended || !takesAny);
  return ended ? 'other' : undefined;
}

function recogniseText(head: Buffer, isAll: boolean): 'text' | 'other' | undefined {
  if (textBeforeStream(head) !== undefined) return 'text';
  return isAll || !mayLeadToStream(head) ? 'other' : undefined;
}
