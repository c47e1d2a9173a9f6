/**
 * A backup of the chain that is not the newest: archives in; of their members only those are looked at that have
 * blocks for files that are being rebuilt, and those that tell which backup it is. Nothing is made, removed or
 * renamed, so that names of members need no suspicion.
 */

import { BackupError } from '../errors/backup-error.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../postgres/data-directory.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import { memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';
import { fillFromIncremental, fillFromWhole } from './fill.ts';
import { wholePath } from './incremental-path.ts';
import type { RebuiltFile } from './rebuilt-file.ts';

/** Small files of which the whole contents are wanted. */
const FACTS: readonly string[] = [BACKUP_LABEL, CONTROL_FILE];
const MAX_FACT_BYTES = 64 * 1024;

/** Reads one backup. */
export class OlderBackup {
  readonly #place: string;
  readonly #rebuilt: ReadonlyMap<string, RebuiltFile>;
  /** Files that need blocks, and have not come in any form. */
  readonly #awaited: Set<string>;
  readonly #facts: ReadonlyMap<string, Buffer[]>;

  /** Takes the files that are being rebuilt, by their paths in the data directory. */
  constructor(place: string, rebuilt: ReadonlyMap<string, RebuiltFile>) {
    this.#place = place;
    this.#rebuilt = rebuilt;
    this.#awaited = new Set([...rebuilt].flatMap(([path, { finished }]) => (finished ? [] : [path])));
    this.#facts = new Map(FACTS.map((path) => [path, []]));
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

  /** The contents of a file that tells about the backup. Throws BackupError if it has not come. */
  fact(path: string): Buffer {
    const pieces = this.#facts.get(path) ?? [];
    if (pieces.length === 0) throw new BackupError(`backup at "${this.#place}" lacks file "${path}"`);
    return Buffer.concat(pieces);
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
    const pieces = this.#facts.get(path);
    if (pieces !== undefined) return this.#gather(path, pieces, size);
    const whole = wholePath(path);
    const file = this.#rebuilt.get(whole ?? path);
    if (file === undefined || file.finished) return undefined;
    this.#awaited.delete(whole ?? path);
    if (whole === undefined) return fillFromWhole(file);
    return fillFromIncremental(file, `file "${path}" of backup at "${this.#place}"`, size);
  }

  #gather(path: string, pieces: Buffer[], size: number): ContentsSink {
    if (size > MAX_FACT_BYTES)
      throw new BackupError(`file "${path}" of backup at "${this.#place}" is too large`);
    return {
      push: (parts) => pieces.push(...parts.map((part) => Buffer.from(part))),
      end() {},
    };
  }
}
