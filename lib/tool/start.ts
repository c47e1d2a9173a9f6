/**
 * The first code of each tool. It loads the tool, and reports errors that nothing else catches: the tool cannot be
 * loaded, or native code or an event fails while it runs. Such an error is one line and the status 2, not the stack and
 * the status 1 of Node.js, which would be taken for a verdict on the backup.
 *
 * It is built into a file of its own that needs no other (build.mjs), since loading others is what may fail.
 */

import { systemErrorText } from '../errors/system-error.ts';
import { Messages } from '../terminal/messages.ts';
import { stackOf } from '../terminal/stack.ts';

const STATUS_TROUBLE = 2;

/** Loads the tool, which then runs. */
export async function start(tool: string, load: () => Promise<unknown>): Promise<void> {
  const giveUp = (error: unknown) => {
    const messages = new Messages(tool);
    messages.error(complaint(error));
    if (process.env.BB_DEBUG === '1') messages.standardError.write(stackOf(error));
    // The tool may still wait for something that never comes.
    process.exit(STATUS_TROUBLE);
  };
  process.on('uncaughtException', giveUp);
  await load().catch(giveUp);
}

function complaint(error: unknown): string {
  const { syscall, path, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (syscall === undefined) return message ?? String(error);
  const subject = path === undefined ? '' : ` "${path}"`;
  return `could not ${syscall}${subject}: ${systemErrorText(error)}`;
}
