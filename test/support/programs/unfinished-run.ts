/**
 * A test run that does not clean up after itself: starts a cluster and a process, prints their process ids
 * and the folder, and ends in the way that its argument says.
 */

import { Cluster } from '../cluster.ts';
import { start } from '../run.ts';

const cluster = await Cluster.create();
await cluster.start();
const sleeper = start('sleep', ['600']);
console.log(JSON.stringify({ pids: [cluster.pid, sleeper.process.pid], folder: cluster.folder }));

switch (process.argv[2]) {
  case 'exit':
    process.exit(0);
    break;
  case 'throw':
    throw new Error('thrown on purpose');
  default:
    setInterval(() => {}, 1000);
}
