/** A backup that has passed, as the judge wants it: everything has been read. */

import type { ControlFileRecords } from '../records/control-files.ts';
import type {
  FoundBackup,
  FoundWal,
  StreamStatement,
  TakeContents,
  WantedFiles,
} from '../records/found-backup.ts';
import type { PageScope } from '../records/page-scope.ts';
import type { StreamedFiles } from './streamed-files.ts';

/** The backup in archives. */
export class ArchiveBackup implements FoundBackup {
  readonly stream: StreamStatement;
  readonly tablespaceArchives: ReadonlyMap<number, string>;
  readonly wal: FoundWal;
  readonly #files: StreamedFiles;

  constructor(
    files: StreamedFiles,
    wal: FoundWal,
    stream: StreamStatement,
    tablespaceArchives: ReadonlyMap<number, string>,
  ) {
    this.#files = files;
    this.wal = wal;
    this.stream = stream;
    this.tablespaceArchives = tablespaceArchives;
  }

  controlFiles(): ControlFileRecords {
    return this.#files.controlFiles;
  }

  async contents(_files: WantedFiles, pages: PageScope | undefined, take: TakeContents): Promise<void> {
    this.#files.contents(pages, take);
  }
}
