/**
 * What runs first of each tool. It loads the tool, and answers for what nobody else catches, be it that the tool cannot
 * be loaded or that native code or an event fails while it runs: that is trouble, told in one line, and not the stack
 * and the status 1 of Node.js, which would be taken for a verdict on the backup.
 *
 * It is built into a file of its own that needs no other one (build.mjs), since loading others is what may fail.
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
    // Whatever the tool still waits for, it may never come.
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
