/** A filter as short as they come: it counts the members of every archive that is not compressed. */

import type { Filter } from '../../lib/stream/frame.ts';
import { TarReader } from '../../lib/tar/reader.ts';

/** Forwards every frame, and tells of each archive, when it has ended, how many members it has. */
export function countMembers(tell: (archive: string, members: number) => void): Filter {
  return async function* (frames) {
    const archives = new Map<string, { readonly tar: TarReader; members: number }>();
    let current: string | undefined;
    for await (const frame of frames) {
      switch (frame.type) {
        case 'archive':
          current = frame.name;
          if (!frame.resumed) archives.set(current, { tar: new TarReader(current), members: 0 });
          break;
        case 'manifest':
          current = undefined;
          break;
        case 'data': {
          const archive = archives.get(current ?? '');
          if (archive === undefined) break;
          for (const part of frame.parts)
            for (const { type } of archive.tar.push(part)) if (type === 'header') archive.members++;
          break;
        }
        case 'archive-end':
          tell(frame.name, archives.get(frame.name)?.members ?? 0);
          break;
      }
      yield frame;
    }
  };
}
