/** Threads of our own, for work during which the main thread could not serve signals. */

import { Worker } from 'node:worker_threads';

/**
 * Starts a thread whose main is this source file. In a build, its bundle is in the directory of the tool's own file
 * (build.mjs); run from the source, as by unit tests, it needs a loader.
 */
export function startThread(main: URL, workerData?: unknown): Worker {
  // Streams of its own: otherwise Node.js makes standard output non-blocking, for everybody who shares it.
  const options = { workerData, stdout: true, stderr: true };
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL(main.href.replace(/\.ts$/, '.js')), options);
  const load = `import('tsx/esm/api').then(({ register }) => (register(), import('${main.href}')))`;
  return new Worker(load, { ...options, eval: true });
}
