/** What takes the contents of a member of a backup that has blocks for a file that is being rebuilt. */

import { IncrementalReader } from '../page/incremental-reader.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import type { RebuiltFile } from './rebuilt-file.ts';

/** The newest backup's blocks: all of them are written. The subject and the size are those of the member. */
export function writeNewest(file: RebuiltFile, subject: string, size: number): ContentsSink {
  const reader = new IncrementalReader(subject, size);
  return {
    push(parts) {
      for (const bytes of parts)
        for (const part of reader.push(bytes)) {
          if (part.type === 'header') file.begin(part.header);
          else file.pages.write(part.position, part.bytes);
        }
    },
    end() {
      reader.end();
      file.pages.close();
    },
  };
}

/** The blocks of an older incremental backup: those are written that no newer one had. */
export function fillFromIncremental(file: RebuiltFile, subject: string, size: number): ContentsSink {
  const reader = new IncrementalReader(subject, size);
  let blocks: Uint32Array = new Uint32Array();
  return {
    push(parts) {
      for (const bytes of parts)
        for (const part of reader.push(bytes)) {
          if (part.type === 'header') blocks = part.header.blocks;
          else file.fill(part.position, part.bytes);
        }
    },
    end() {
      reader.end();
      file.note(blocks);
      file.pages.close();
    },
  };
}

/** The whole file, as an older backup has it. */
export function fillFromWhole(file: RebuiltFile): ContentsSink {
  let position = 0;
  return {
    push(parts) {
      for (const bytes of parts) {
        file.fill(position, bytes);
        position += bytes.length;
      }
    },
    end() {
      file.finish();
      file.pages.close();
    },
  };
}
