/** The settings of zstd as parameters of libzstd, by the names and numbers of zstd.h (ZSTD_cParameter). */

import type { CompressionSettings } from './method.ts';

/** The numbers of the parameters that we set. */
export const PARAMETER = {
  compressionLevel: 100,
  windowLog: 101,
  enableLongDistanceMatching: 160,
  checksumFlag: 201,
  nbWorkers: 400,
  jobSize: 401,
} as const;

export type Parameter = keyof typeof PARAMETER;

/** As the zstd command and PostgreSQL have it for --long and "long": 128 MiB. */
const LONG_WINDOW_LOG = 27;
const DEFAULT_LEVEL = 3;
/**
 * What a worker compresses at a time. libzstd would take four times the window, and holds several of these for each
 * worker: so it holds half as much, and stops sooner when it must, for 0.3 % in size at most.
 */
const JOB_BYTES = 4 * 1024 * 1024;

/**
 * Up to each level, so many workers, since they hold 10 MB each at the low levels and 100 MB and more at the high ones:
 * with these it is 400 MB at most, or what one worker takes.
 */
const MOST_WORKERS: readonly [number, number][] = [
  [5, 32],
  [9, 16],
  [12, 8],
  [19, 4],
];

/**
 * What makes one frame with a checksum, by worker threads even if there is only one of them, since then neither their
 * number nor the pieces of the input change what comes out.
 */
export function zstdParameters(settings: CompressionSettings): readonly [Parameter, number][] {
  const { level = DEFAULT_LEVEL, workers = 1, long = false } = settings;
  const distant: [Parameter, number][] = [
    ['enableLongDistanceMatching', 1],
    ['windowLog', LONG_WINDOW_LOG],
  ];
  return [
    ['compressionLevel', level],
    ['checksumFlag', 1],
    ['nbWorkers', Math.min(workers, mostWorkers(level))],
    ['jobSize', JOB_BYTES],
    ...(long ? distant : []),
  ];
}

/** Beyond the level of which they are enough there is one. */
export function mostWorkers(level: number): number {
  return MOST_WORKERS.find(([upTo]) => level <= upTo)?.[1] ?? 1;
}
