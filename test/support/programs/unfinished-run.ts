/**
 * A test run that does not clean up after itself: starts a cluster and a process, tells its parent their
 * process ids and the folder, and ends in the way that its argument says, or waits to be ended.
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
