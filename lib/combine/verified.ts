/**
 * A backup of a chain that is verified while it is read: frames in, the same frames out, but no end for a backup whose
 * files are not those of its manifest. pg_combinebackup does not look at what it combines, so that a flipped bit ends
 * up in a result with a manifest of its own, in which it is right.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Frame } from '../stream/frame.ts';
import { verifyStream } from '../verify/archives/verify-stream.ts';
import { Findings } from '../verify/shared/findings.ts';
import { IgnoreList } from '../verify/shared/ignore-list.ts';
import { Statistics } from '../verify/shared/statistics.ts';
import type { Verification } from '../verify/shared/verification.ts';
import type { Input } from './input.ts';

/** Forwards every frame. Throws BackupError at the end, with the first thing that was found. */
export function verified(
  frames: AsyncIterable<Frame>,
  { place, algorithm = 'CRC32C' }: Input,
  signal: AbortSignal,
): AsyncIterable<Frame> {
  const findings = new Findings(() => {}, false);
  const verification: Verification = {
    findings,
    statistics: new Statistics(),
    ignore: new IgnoreList([]),
    skipChecksums: false,
    // Checksums of files cover pages; WAL is that of the newest backup, and may be restored from an archive.
    pages: 'never',
    parseWal: false,
    signal,
  };
  const verdict = () => {
    const [first] = findings.all;
    if (first === undefined) return;
    const others = findings.all.length - 1;
    throw new BackupError(`backup at "${place}" is not good: ${first.message}`, {
      ...(others === 0
        ? {}
        : { detail: `${others} more ${others === 1 ? 'problem was' : 'problems were'} found.` }),
      hint: `Use bb-verify to find out about all problems.`,
    });
  };
  return verifyStream({ algorithm, manifest: undefined, wal: undefined }, verification, verdict)(frames);
}
