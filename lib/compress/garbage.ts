/**
 * Buffers from native packages lie outside of JavaScript's heap. The garbage collector knows their length, but not the
 * memory reserved for them, and collects them late: without a reminder they grow to 100 MB.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A minor collection takes a fraction of a millisecond; working on this number of bytes takes several. */
const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;

type Collect = (options: { type: 'minor' }) => void;

/** Makes a function that is called with the size of each native buffer, and starts a collection now and then. */
export function makeCollector(): (bytes: number) => void {
  setFlagsFromString('--expose-gc');
  const collect: Collect = runInNewContext('gc');
  let made = 0;
  return (bytes) => {
    made += bytes;
    if (made < COLLECT_EVERY_BYTES) return;
    made = 0;
    collect({ type: 'minor' });
  };
}
