/**
 * What to say of an input that is no backup in any form that the tools read: its first bytes in; out comes what it
 * probably is, and what reads it.
 */

import type { Compression } from '../compress/method.ts';
import { BackupError } from '../errors/backup-error.ts';
import { quoted } from '../terminal/visible.ts';
import { textBeforeStream, textLength } from './text-before-stream.ts';

/** What an input without a name is called. */
export const INPUT = 'standard input';

const SHOWN_CHARACTERS = 80;

/** Files that are something else, by their first bytes; the command turns them into a backup. */
const OTHERS: readonly { readonly magic: Buffer; readonly what: string; readonly command?: string }[] = [
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), what: 'compressed by xz', command: 'xz -dc' },
  { magic: Buffer.from('BZh'), what: 'compressed by bzip2', command: 'bzip2 -dc' },
  { magic: Buffer.from([2, 0x21, 0x4c, 0x18]), what: 'in the legacy format of lz4', command: 'lz4 -dc' },
  { magic: Buffer.from('LZIP'), what: 'compressed by lzip', command: 'lzip -dc' },
  { magic: Buffer.from([0x1f, 0x9d]), what: 'compressed by compress', command: 'gzip -dc' },
  { magic: Buffer.from('PK\x03\x04'), what: 'a zip archive', command: 'unzip -p' },
  { magic: Buffer.from('PGDMP'), what: 'a dump of pg_dump' },
  { magic: Buffer.from('Salted__'), what: 'encrypted by openssl' },
];

const DECOMPRESS: Readonly<Record<Compression, string>> = {
  gzip: 'gzip -dc',
  lz4: 'lz4 -dc',
  zstd: 'zstd -dc',
};

/** The input is no backup at all, so that there is nothing to report of it. */
export class NoBackupError extends BackupError {}

/** The error for an input that begins so, and is in no form that the tools read. */
export function noBackup(head: Buffer, subject: string): NoBackupError {
  const text = textBeforeStream(head);
  if (text !== undefined) {
    const words = `${subject} begins with text, probably from the remote shell before the backup`;
    return new NoBackupError(`${words}: ${excerpt(text)}`, {
      hint: 'The start-up files of the remote shell must print nothing where there is no terminal.',
    });
  }
  const message = `${subject} is neither a backup stream nor a tar archive`;
  const other = OTHERS.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  if (other !== undefined) return new NoBackupError(message, remarks(`It is ${other.what}.`, other.command));
  const begins = head.subarray(0, textLength(head));
  return new NoBackupError(
    message,
    begins.length < 4 ? {} : { detail: `It begins with ${excerpt(begins)}.` },
  );
}

/** The error for a stream that was compressed as one file. */
export function compressedStream(method: Compression, subject: string): NoBackupError {
  const detail = `It is a backup stream that was compressed as a whole, by ${method}.`;
  return new NoBackupError(`${subject} is no tar archive`, remarks(detail, DECOMPRESS[method]));
}

function remarks(detail: string, command: string | undefined) {
  return command === undefined
    ? { detail }
    : { detail, hint: `Decompress it first: "${command} FILE | ...".` };
}

function excerpt(text: Buffer): string {
  const begun = text.subarray(0, 4 * SHOWN_CHARACTERS).toString();
  const shown = [...begun].slice(0, SHOWN_CHARACTERS).join('');
  return shown.length < text.toString().length ? `${quoted(shown)}...` : quoted(shown);
}
