/**
 * A backup to commands of the user, one a file: frames in, each archive to the standard input of its own command,
 * one after the other, with pg_wal.tar beside them. The idea is that of split --filter.
 *
 * The manifest comes last. Its command is started when the end of the backup was read and all others have succeeded,
 * so that whatever it stores says that the backup is whole, as backup_manifest in a directory does. Until then it is
 * held back.
 */

import type { Frame } from '../../stream/frame.ts';
import { InterruptedError } from '../../terminal/signals.ts';
import { receive } from '../receive.ts';
import { Commands } from './commands.ts';

/** What to run, and until when. */
export interface CommandOptions {
  /** For the shell. */
  readonly command: string;
  readonly signal: AbortSignal;
}

/** What the commands were given. */
export interface CommandSummary {
  readonly archives: number;
  /** Of archives and manifest. */
  readonly bytes: number;
}

/**
 * Runs the commands. Throws what the frames throw, BackupError for a backup that is not good, TroubleError for a
 * command that has failed, and the signal's reason once it has fired; no command is running any more then.
 */
export async function runCommands(
  frames: AsyncIterable<Frame>,
  { command, signal }: CommandOptions,
): Promise<CommandSummary> {
  const commands = new Commands(command);
  const interrupt = () => commands.interrupt(signal.reason as Error);
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    const bytes = await receive(frames, commands);
    await commands.endArchives();
    signal.throwIfAborted();
    await commands.runManifest();
    return { archives: commands.archives, bytes };
  } catch (error) {
    await commands.stop(error instanceof InterruptedError ? error.signal : 'SIGTERM');
    throw error;
  } finally {
    await commands.close();
  }
}
