/**
 * Work that must end at once when the user wants it: a codec at its highest level may take minutes for the next piece,
 * and whoever waits for that piece would not notice a signal.
 */

import { Interruption } from './interruption.ts';

/** Gives the items as they come; when `signal` fires, throws its reason, and asks for no more items. */
export async function* interruptible<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const interruption = new Interruption();
  const interrupt = () => interruption.interrupt(signal.reason);
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done = false, value } = await interruption.unlessInterrupted(iterator.next());
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', interrupt);
    const closed = iterator.return?.();
    // The item that is under way is not needed any more.
    closed?.catch(() => {});
    if (!signal.aborted) await closed;
  }
}
