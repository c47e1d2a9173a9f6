/**
 * Buffers from native packages lie outside of JavaScript's heap. It knows their length, but not what was
 * reserved for them, and is in no hurry to collect them: without a reminder they come to 100 MB.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A minor collection takes a fraction of a millisecond, and so many bytes several. */
const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;

type Collect = (options: { type: 'minor' }) => void;

/** A function to be told of bytes that native buffers were made for; every so often it has them collected. */
export function makeCollector(): (bytes: number) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  let made = 0;
  return (bytes) => {
    made += bytes;
    if (made < COLLECT_EVERY_BYTES) return;
    made = 0;
    collect({ type: 'minor' });
  };
}
