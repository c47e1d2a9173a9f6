/**
 * What most of these tests begin with: a directory for all that they make, a small cluster that runs, and a recording
 * of a backup of it.
 */

import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Cluster } from '../../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { type Recording, record, type WalMethod } from './recording.ts';
import { startSmallCluster } from './small-cluster.ts';

/** To be used in tests, and not before: cluster and recording are made when these begin. */
export interface Given {
  readonly folder: string;
  readonly cluster: Cluster;
  readonly recording: Recording;
}

/** Has it all made before the tests of a file, with the cluster prepared by `prepare`, and removed behind them. */
export function recordedCluster(
  prepare: (cluster: Cluster) => Promise<void> = async () => {},
  wal: WalMethod = 'fetch',
): Given {
  const folder = temporaryFolder();
  let made: { cluster: Cluster; recording: Recording } | undefined;
  const now = () => {
    if (made === undefined) throw new Error('the cluster has not been made yet');
    return made;
  };
  beforeAll(async () => {
    const cluster = await startSmallCluster();
    await prepare(cluster);
    made = { cluster, recording: await record(cluster, join(folder, 'good'), wal) };
  });
  afterAll(async () => {
    await made?.cluster.dispose();
    removeFolder(folder);
  });
  return {
    folder,
    get cluster() {
      return now().cluster;
    },
    get recording() {
      return now().recording;
    },
  };
}
