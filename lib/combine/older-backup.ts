/**
 * A backup of the chain that is not the newest: archives in; of their members only those are looked at that have
 * blocks for files that are being rebuilt, and those that tell which backup it is. Nothing is made, removed or
 * renamed, so that names of members need no suspicion.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import { memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';
import { fillFromIncremental, fillFromWhole } from './fill.ts';
import { wholePath } from './incremental-path.ts';
import { KeptFiles } from './kept-files.ts';
import type { RebuiltFile } from './rebuilt-file.ts';

/** Reads one backup. */
export class OlderBackup {
  /** Those that tell which backup it is. */
  readonly kept: KeptFiles;
  readonly #place: string;
  readonly #rebuilt: ReadonlyMap<string, RebuiltFile>;
  /** Files that need blocks, and have not come in any form. */
  readonly #awaited: Set<string>;

  /** Takes the files that are being rebuilt, by their paths in the data directory. */
  constructor(place: string, rebuilt: ReadonlyMap<string, RebuiltFile>) {
    this.kept = new KeptFiles(place);
    this.#place = place;
    this.#rebuilt = rebuilt;
    this.#awaited = new Set([...rebuilt].flatMap(([path, { finished }]) => (finished ? [] : [path])));
  }

  /** What takes the bytes of an archive, which is not compressed; undefined for WAL: only that of the newest counts. */
  archive(name: string): ContentsSink | undefined {
    const archive = parseArchiveName(name);
    if (archive === undefined || archive.kind === 'wal') return undefined;
    const prefix = memberPrefix(archive);
    const reader = new TarReader(name);
    let sink: ContentsSink | undefined;
    const take = (bytes: Buffer) => {
      for (const chunk of reader.push(bytes)) {
        if (chunk.type === 'header')
          sink = this.#file(prefix + safePath(name, chunk.member.path), chunk.member);
        else if (chunk.type === 'contents') sink?.push([chunk.bytes]);
        else if (chunk.type === 'trailer') sink?.end();
      }
    };
    return {
      push: (parts) => parts.forEach(take),
      end: () => reader.end(),
    };
  }

  /** All has come. Throws BackupError if a file has come in no form. */
  end(): void {
    const [path] = this.#awaited;
    if (path === undefined) return;
    throw new BackupError(`backup at "${this.#place}" lacks file "${path}"`, {
      detail:
        'There is no incremental file of that name either, so that the blocks before the next backup are missing.',
    });
  }

  #file(path: string, { kind, size }: Member): ContentsSink | undefined {
    if (kind !== 'file') return undefined;
    const kept = this.kept.sink(path, size);
    if (kept !== undefined) return kept;
    const whole = wholePath(path);
    const file = this.#rebuilt.get(whole ?? path);
    if (file === undefined || file.finished) return undefined;
    this.#awaited.delete(whole ?? path);
    if (whole === undefined) return fillFromWhole(file);
    return fillFromIncremental(file, `file "${path}" of backup at "${this.#place}"`, size);
  }
}
