/**
 * Reads the files of a directory, in the manifest's order, with several threads if there are any: files that are wanted
 * in, their checksums and pages out.
 */

import { setImmediate as pause } from 'node:timers/promises';
import { encodeName } from '../../io/file-name.ts';
import { PageChecker, type PageRules } from '../../page/page-checker.ts';
import type { FileContents, WantedFiles } from '../records/found-backup.ts';
import type { PageScope } from '../records/page-scope.ts';
import type { ReadListener, Verification } from '../shared/verification.ts';
import { joinParts, partsOf, type Wanted } from './file-parts.ts';
import { type FilePart, FileReader, type PartContents } from './file-reader.ts';
import type { ReadingThreads } from './reading-threads.ts';

/** How long signals may wait for the end of what is done synchronously. */
const SYNCHRONOUS_MS = 50;

/** How the files are read. */
export interface TreeRun {
  readonly progress: ReadListener;
  /** Undefined if this thread is to read. */
  readonly threads: ReadingThreads | undefined;
}

/** Reads what is to be checked of these files below `root`. */
export async function* readContents(
  root: string,
  files: WantedFiles,
  pages: PageScope | undefined,
  { progress, threads }: TreeRun,
  { skipChecksums, signal }: Verification,
): AsyncGenerator<FileContents> {
  const todo = [...wantedOf(root, files, pages, skipChecksums)];
  progress.begin(todo.reduce((sum, { file }) => sum + file.size, 0));
  const results = readAll(todo, threads, pages?.rules);
  try {
    for (const wanted of todo) {
      signal.throwIfAborted();
      yield await nextFile(wanted, results, progress);
    }
  } finally {
    await results.return(undefined);
  }
  await progress.end();
}

function* wantedOf(
  root: string,
  files: WantedFiles,
  pages: PageScope | undefined,
  skipChecksums: boolean,
): Generator<Wanted> {
  const blockBytes = pages?.rules.blockBytes ?? 1;
  for (const file of files.values()) {
    const checksum = !skipChecksums && file.algorithm !== 'NONE';
    const own = pages?.pagesOf(file.path);
    if (!checksum && own === undefined) continue;
    yield { file, full: encodeName(`${root}/${file.path}`), checksum, pages: own, blockBytes };
  }
}

/** What is in the parts of all files, in order. */
function readAll(
  todo: readonly Wanted[],
  threads: ReadingThreads | undefined,
  rules: PageRules | undefined,
): AsyncGenerator<PartContents> {
  const parts = allParts(todo);
  return threads?.read(parts, rules) ?? readHere(parts, new FileReader(rules && new PageChecker(rules)));
}

function* allParts(todo: readonly Wanted[]): Generator<FilePart> {
  for (const wanted of todo) yield* partsOf(wanted);
}

async function* readHere(parts: Iterable<FilePart>, reader: FileReader): AsyncGenerator<PartContents> {
  let begun = Date.now();
  for (const part of parts) {
    yield reader.read(part);
    if (Date.now() - begun <= SYNCHRONOUS_MS) continue;
    await pause();
    begun = Date.now();
  }
}

/** What is in the next file, all parts together. */
async function nextFile(
  wanted: Wanted,
  results: AsyncIterator<PartContents>,
  progress: ReadListener,
): Promise<FileContents> {
  let whole: PartContents | undefined;
  for (const _part of partsOf(wanted)) {
    const { value } = (await results.next()) as IteratorYieldResult<PartContents>;
    progress.add(value.bytes);
    whole = whole === undefined ? value : joinParts(whole, value);
  }
  const { file, checksum } = wanted;
  const found = {
    path: file.path,
    archive: undefined,
    algorithm: checksum ? file.algorithm : 'NONE',
  } as const;
  return { ...(whole ?? { bytes: file.size, checksum: '', pages: undefined }), ...found };
}
