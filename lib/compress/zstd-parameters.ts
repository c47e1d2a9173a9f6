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
 * What a worker compresses at a time. libzstd's default is four times the window, and it holds several of these for
 * each worker. This size halves the memory, and the time to stop; it costs 0.3 % in size at most.
 */
const JOB_BYTES = 4 * 1024 * 1024;

/**
 * The most workers up to each level. A worker holds 10 MB at the low levels and 100 MB or more at the high ones; with
 * these numbers all hold at most 400 MB, or what one worker needs.
 */
const MOST_WORKERS: readonly [number, number][] = [
  [5, 32],
  [9, 16],
  [12, 8],
  [19, 4],
];

/**
 * The parameters for one frame with a checksum. Even a single worker is a thread, so that neither the number of workers
 * nor the pieces of the input change the output.
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

/** One worker above the last level of the table. */
export function mostWorkers(level: number): number {
  return MOST_WORKERS.find(([upTo]) => level <= upTo)?.[1] ?? 1;
}
