/**
 * No false findings in backups of a server that is written to, in the pipe and in a directory: pages change while they
 * are read, and files are created and removed.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { anyServer, clientTool } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { Writer } from '../support/writer.ts';

const ROUNDS = 3;
/** Pages are written as often as possible. */
const SETTINGS = { shared_buffers: '1MB', bgwriter_delay: '10ms', wal_keep_size: '1GB' };

describe.each(anyServer())('a busy server of PostgreSQL $major', (server) => {
  it(`has ${ROUNDS} backups of each kind found good`, async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const cluster = await Cluster.create({ server, settings: SETTINGS });
    await cluster.start();
    const writer = await Writer.start(cluster);
    await writer.commits(100);
    const verifyStored = async () => {
      const { command, args } = tool('bb-verify', ['-q', data]);
      await runOk(command, args);
      rmSync(data, { recursive: true });
    };
    const basebackup = clientTool('pg_basebackup', server);
    for (let round = 0; round < ROUNDS; round++) {
      const method = round % 2 === 0 ? 'stream' : 'fetch';
      const verify = tool('bb-verify', ['--tee', '-q']);
      const stream = streamStage(cluster, ['-X', method]);
      const { stderrs } = await pipelineOk([stream, verify, splitStage(data, ['-Fp'])]);
      expect(stderrs.join('')).toBe('');
      await verifyStored();
      if (basebackup === undefined) continue;
      const format = round % 2 === 0 ? '-Ft' : '-Fp';
      const options = ['-c', 'fast', '-N', '-X', method, format, '-D', data];
      await runOk(basebackup, [...cluster.connectionOptions, ...options]);
      await verifyStored();
    }
    await writer.stop();
    await cluster.dispose();
    removeFolder(folder);
  });
});
