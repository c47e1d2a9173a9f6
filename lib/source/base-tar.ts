/**
 * A tar by itself is a backup only if it is that of a data directory: frames of one archive in, the same frames out.
 * If a file that every base backup has is missing, an error takes the place of the end.
 */

import { RequiredFiles } from '../postgres/required-files.ts';
import type { Frame } from '../stream/frame.ts';
import type { Member } from '../tar/member.ts';

/** Called for each member of the tar. */
export type SeeMember = (member: Member) => void;

/** Reads the tar with a function that reports its members. Throws BackupError at the end if a file is missing. */
export async function* insistOnBase(
  read: (see: SeeMember) => AsyncIterable<Frame>,
): AsyncGenerator<Frame, void, undefined> {
  const required = new RequiredFiles();
  const see: SeeMember = ({ path, kind }) => {
    if (kind === 'file') required.see(path.replace(/^\.\//, ''));
  };
  let name = '';
  for await (const frame of read(see)) {
    if (frame.type === 'archive') name = frame.name;
    if (frame.type === 'end') required.insistOn(name);
    yield frame;
  }
}
