/** Verifies in this process, and tells what was found. */

import { BackupError } from '../../../lib/errors/backup-error.ts';
import { decode } from '../../../lib/stream/decode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { Messages } from '../../../lib/terminal/messages.ts';
import { ReadProgress } from '../../../lib/tool/read-progress.ts';
import { verifyStream as verifyFilter } from '../../../lib/verify/archives/verify-stream.ts';
import { verifyTarDirectory } from '../../../lib/verify/archives/verify-tar-directory.ts';
import { verifyDirectory } from '../../../lib/verify/directory/verify-directory.ts';
import type { Manifest } from '../../../lib/verify/records/manifest.ts';
import { IgnoreList } from '../../../lib/verify/shared/ignore-list.ts';
import type { Statistics } from '../../../lib/verify/shared/statistics.ts';
import type { Verification } from '../../../lib/verify/shared/verification.ts';
import { judgement } from './judgement.ts';

/** What came out of a verification. */
export interface Outcome {
  /** Messages with their details. */
  readonly complaints: readonly string[];
  readonly statistics: Statistics;
}

export type Wishes = Partial<Pick<Verification, 'pages' | 'parseWal' | 'skipChecksums'>> & {
  readonly ignore?: readonly string[];
  readonly wal?: string;
  /** To be taken in place of the one in the backup. */
  readonly manifest?: Manifest;
};

// One for all: each listens to a signal of the process for good.
const progress = new ReadProgress(new Messages('test'), 'none');

/** A stream, whole, in one chunk. */
export function verifyStream(bytes: Buffer, wishes: Wishes = {}): Promise<Outcome> {
  return verifyFrames(decode(inOne(bytes)), wishes);
}

/** Frames from anywhere. */
export function verifyFrames(
  frames: AsyncIterable<Frame>,
  { wal, manifest, ...wishes }: Wishes = {},
): Promise<Outcome> {
  return outcome(wishes, async (verification) => {
    const options = { algorithm: 'CRC32C', manifest, wal } as const;
    for await (const _frame of verifyFilter(options, verification)(frames));
  });
}

/** A data directory, read by this thread, or by so many others. */
export function verifyPlain(directory: string, { wal, ...wishes }: Wishes = {}): Promise<Outcome> {
  const places = { directory, manifest: undefined, wal };
  return outcome(wishes, (verification) => verifyDirectory(places, { progress, jobs: 1 }, verification));
}

/** A directory of tars. */
export function verifyTars(directory: string, { wal, ...wishes }: Wishes = {}): Promise<Outcome> {
  const places = { directory, manifest: undefined, wal };
  return outcome(wishes, (verification) => verifyTarDirectory(places, { progress, jobs: 1 }, verification));
}

async function outcome(
  { ignore = [], ...wishes }: Omit<Wishes, 'wal' | 'manifest'>,
  verify: (verification: Verification) => Promise<void>,
): Promise<Outcome> {
  const { verification, complaints, statistics } = judgement({ ...wishes, ignore: new IgnoreList(ignore) });
  try {
    await verify(verification);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const { message, detail } = error;
    return {
      complaints: [...complaints, detail === undefined ? message : `${message}: ${detail}`],
      statistics,
    };
  }
  return { complaints, statistics };
}

async function* inOne(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
