/**
 * A tar by itself is a backup only if it is that of a data directory: frames of one archive in, the same frames out, but
 * no end for one that lacks what every base backup has.
 */

import { RequiredFiles } from '../postgres/required-files.ts';
import type { Frame } from '../stream/frame.ts';
import type { Member } from '../tar/member.ts';

/** Is told of each member of the tar. */
export type SeeMember = (member: Member) => void;

/** Reads the tar by a function that tells of its members. Throws BackupError at its end if a file is missing. */
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
