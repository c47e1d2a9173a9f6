/** A data directory as the judge wants a backup: everything is read when it is asked for. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CONTROL_FILES,
  type ControlFileRecord,
  type ControlFileRecords,
  MAX_CONTROL_FILE_BYTES,
} from '../records/control-files.ts';
import type { FoundBackup, FoundWal, TakeContents, WantedFiles } from '../records/found-backup.ts';
import type { PageScope } from '../records/page-scope.ts';
import type { Verification } from '../shared/verification.ts';
import { readContents, type TreeRun } from './tree-contents.ts';

/** The backup in a directory. */
export class TreeBackup implements FoundBackup {
  readonly stream = undefined;
  readonly tablespaceArchives = undefined;
  readonly wal: FoundWal;
  readonly #root: string;
  readonly #run: TreeRun;
  readonly #verification: Verification;

  constructor(root: string, wal: FoundWal, run: TreeRun, verification: Verification) {
    this.#root = root;
    this.wal = wal;
    this.#run = run;
    this.#verification = verification;
  }

  controlFiles(): ControlFileRecords {
    const records = new Map<string, ControlFileRecord>();
    for (const path of CONTROL_FILES.filter((candidate) => !this.#verification.ignore.covers(candidate))) {
      const record = readControlFile(join(this.#root, path));
      if (record !== undefined) records.set(path, record);
    }
    return records;
  }

  async contents(files: WantedFiles, pages: PageScope | undefined, take: TakeContents): Promise<void> {
    for await (const found of readContents(this.#root, files, pages, this.#run, this.#verification))
      take(found);
  }
}

/** Undefined for a file that is missing or cannot be read: the names and the checksums tell of it. */
function readControlFile(path: string): ControlFileRecord | undefined {
  try {
    const { size } = statSync(path);
    return size > MAX_CONTROL_FILE_BYTES ? { tooLarge: size } : { contents: readFileSync(path) };
  } catch {
    return undefined;
  }
}
