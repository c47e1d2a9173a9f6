/**
 * A test run that does not clean up: it starts a cluster and a process, sends their process IDs and the directory to
 * its parent, and then ends as its argument says, or waits to be killed.
 */

import { Cluster } from '../cluster.ts';
import { start } from '../run.ts';

const cluster = await Cluster.create();
await cluster.start();
const sleeper = start('sleep', ['600']);
const left = { pids: [cluster.pid, sleeper.process.pid], folder: cluster.folder };
process.send?.(left, () => {
  if (process.argv[2] === 'exit') process.exit(0);
  if (process.argv[2] === 'throw') throw new Error('thrown on purpose');
  setInterval(() => {}, 1000);
});
