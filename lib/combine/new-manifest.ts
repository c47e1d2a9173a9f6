/**
 * The manifest of what was combined: that of the newest backup, in which the files that were rebuilt, and those that
 * were made, have entries of their own, with checksums of what was written.
 */

import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { type ChecksumAlgorithm, checksumOf } from '../manifest/checksum.ts';
import { malformedManifest } from '../manifest/malformed-manifest.ts';
import { inBatches, type NewEntry, type Rewrite, rewriteManifest } from '../manifest/rewrite.ts';
import { BACKUP_LABEL, TABLESPACE_MAP } from '../postgres/data-directory.ts';
import { wholePath } from './incremental-path.ts';
import type { RebuiltFile } from './rebuilt-file.ts';

/** What is other than in the newest backup. */
export interface NewFiles {
  /** What was written as backup_label. */
  readonly label: { readonly written: Buffer };
  /** What was written as tablespace_map, if the newest backup has none. */
  readonly addedMap?: Buffer | undefined;
  /** The files that were rebuilt, by their paths in the data directory. */
  readonly rebuilt: ReadonlyMap<string, RebuiltFile>;
  /** Entries of the other files, if they get other checksums than their backup has. */
  readonly entries: ReadonlyMap<string, NewEntry>;
}

/** The new manifest, in pieces, from the one of the newest backup. All files have been written. */
export async function* newManifest(
  manifest: Buffer,
  newest: NewFiles,
  algorithm: ChecksumAlgorithm | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let rebuilt = 0;
  const rewrite: Rewrite = (path, own) => {
    const chosen = algorithm ?? own;
    if (path === BACKUP_LABEL) return madeEntries(newest, chosen);
    const whole = wholePath(path);
    const file = newest.rebuilt.get(whole ?? path);
    if (whole === undefined || file === undefined) return newest.entries.get(path);
    rebuilt++;
    const checksum = file.pages.checksum(chosen);
    return { path: whole, size: file.length, algorithm: chosen, checksum };
  };
  const lines = function* (): Generator<Buffer, void, undefined> {
    yield* rewriteManifest(manifest, rewrite);
    if (rebuilt !== newest.rebuilt.size) throw malformedManifest('it does not have a line for each file');
  };
  for (const batch of inBatches(lines())) {
    yield batch;
    await letSignalsIn();
  }
}

function madeEntries({ label, addedMap }: NewFiles, algorithm: ChecksumAlgorithm): NewEntry[] {
  const made: readonly (readonly [string, Buffer | undefined])[] = [
    [BACKUP_LABEL, label.written],
    [TABLESPACE_MAP, addedMap],
  ];
  return made.flatMap(([path, contents]) =>
    contents === undefined
      ? []
      : [{ path, size: contents.length, algorithm, checksum: checksumOf(algorithm, contents) }],
  );
}
