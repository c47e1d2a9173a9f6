/** Where an error was thrown, for whoever looks for a fault in bb: its stack without the message, which was printed. */

import { lines, type Text } from './text.ts';

/** The lines of the stack. */
export function stackOf(error: unknown): Text {
  const { message = '', stack = '' } = (error ?? {}) as Partial<Error>;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return lines(frames.filter((line) => line !== ''));
}
