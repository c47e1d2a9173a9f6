/** How much memory something keeps: measured by the collector, as no test can see it otherwise. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What else happens meanwhile, such as compilation, does not happen each time. */
const TRIALS = 4;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The bytes that are kept, at most, as long as what is made is in use. */
export function retainedBytes(make: () => object): number {
  return Math.min(...Array.from({ length: TRIALS }, () => measure(make)));
}

function measure(make: () => object): number {
  const before = inUse();
  const made = make();
  const after = inUse();
  // Keeps it alive up to here.
  if (typeof made !== 'object') throw new Error('nothing was made');
  return after - before;
}

function inUse(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
