/** The main of a thread that fills slots: it takes jobs, and answers each with what it found out. */

import { parentPort, workerData } from 'node:worker_threads';
import type { FillJob, FillRules } from './fill-job.ts';
import { Filler } from './filler.ts';

const port = parentPort;
if (port !== null) {
  const filler = new Filler(workerData as FillRules);
  port.on('message', (job: FillJob) => port.postMessage(filler.fill(job)));
}
