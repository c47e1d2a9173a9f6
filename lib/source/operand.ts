/**
 * Where a tool's input comes from: the file or place that its operand names, standard input without one. In a
 * place is a backup that was stored in tar format, a file is read as standard input is.
 */

import { statSync } from 'node:fs';
import { openFile, openInput } from '../io/input.ts';
import { isS3 } from '../store/place.ts';
import type { Frame } from '../stream/frame.ts';

/** Reads a backup from bytes in any form, as openBackup() and openContents() do. */
type Reader = (chunks: AsyncIterable<Buffer>, subject?: string) => AsyncGenerator<Frame, void, undefined>;

/** What an operand is called in messages; undefined for standard input. */
export function subjectOf(operand: string | undefined): string | undefined {
  return operand === undefined ? undefined : `file "${operand}"`;
}

/** Whether the operand names a directory. */
export function isDirectory(operand: string | undefined): operand is string {
  return operand !== undefined && statSync(operand, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whether the operand names the place of a stored backup. */
export function isPlace(operand: string | undefined): operand is string {
  return operand !== undefined && (isS3(operand) || isDirectory(operand));
}

/** Whether the operand names a file, pipe or device: something that is there, and no directory. */
export function isFile(operand: string | undefined): operand is string {
  return operand !== undefined && statSync(operand, { throwIfNoEntry: false })?.isDirectory() === false;
}

/** The bytes of a file, or of standard input. Throws what openFile() and openInput() throw. */
export function openBytes(
  operand: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  return operand === undefined ? openInput(signal) : openFile(operand, signal);
}

/** The frames of a backup, wherever it is. Throws what `read` throws, and what readStoredBackup() does. */
export async function* openOperand(
  operand: string | undefined,
  read: Reader,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  if (!isPlace(operand)) return yield* read(openBytes(operand, signal), subjectOf(operand));
  // Only loaded when it is needed: few backups come from a place.
  const { readStoredBackup } = await import('./stored/frames.ts');
  const { openPlace } = await import('../store/open-place.ts');
  yield* readStoredBackup(await openPlace(operand), signal);
}
