/** The main of a thread that fills slabs: it is told the rules first, then takes jobs, and answers each. */

import { type MessagePort, parentPort } from 'node:worker_threads';
import type { FillJob, FillRules } from './fill-job.ts';
import { Filler } from './filler.ts';

function serve(port: MessagePort): void {
  let filler: Filler | undefined;
  port.on('message', (request: FillRules | FillJob) => {
    if ('memory' in request) filler = new Filler(request);
    else port.postMessage(filler?.fill(request));
  });
}

if (parentPort !== null) serve(parentPort);
