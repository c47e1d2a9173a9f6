/**
 * Replication slots: which one a backup uses, what the error is for one that cannot be used, and when it is reported;
 * and that nothing is left at the server, however a backup ends.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/postgres/lsn.ts';
import { segmentStart } from '../../lib/postgres/wal-segment.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { startPipeline } from '../support/pipeline.ts';
import { anyServer } from '../support/servers.ts';
import { untilTrue } from '../support/wait.ts';
import {
  backUp,
  backUpInVain,
  endOf,
  leftAt,
  outcome,
  startSlowBackup,
  streamOf,
  untilStreaming,
} from '../support/wal-backup.ts';

const SEGMENT_BYTES = 16 * 1024 ** 2;

describe.each(anyServer())('on PostgreSQL $major', (server) => {
  let cluster: Cluster;
  let folder: string;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, settings: { max_replication_slots: 3 } });
    await cluster.start();
  });
  afterAll(() => cluster.dispose());
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    removeFolder(folder);
    await cluster.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active',
    );
  });

  const slots = async () => {
    const rows = await cluster.query<[string, string, boolean, boolean]>(
      'SELECT slot_name, slot_type, temporary, active FROM pg_replication_slots ORDER BY slot_name',
    );
    return rows.map(([name, type, temporary, active]) => ({ name, type, temporary, active }));
  };

  it('is a temporary one that keeps WAL, unless another is asked for', async () => {
    const backup = startSlowBackup(cluster, join(folder, 'backup'), 1, '-r1M');
    const pid = await untilStreaming(cluster);
    expect(await slots()).toEqual([
      { name: `bb_stream_${pid}`, type: 'physical', temporary: true, active: true },
    ]);
    await backup.signal(0, 'SIGTERM');
    await backup.finished;
    expect(await leftAt(cluster)).toEqual([]);
  });

  it('is none with --no-slot', async () => {
    const backup = startSlowBackup(cluster, join(folder, 'backup'), 1, '-r1M', '--no-slot');
    await untilStreaming(cluster);
    expect(await slots()).toEqual([]);
    await backup.signal(0, 'SIGTERM');
    await backup.finished;
  });

  it('may be one that exists, which is advanced but keeps the last segment', async () => {
    await cluster.query("SELECT pg_create_physical_replication_slot('mine', true)");
    await cluster.query('SELECT pg_switch_wal()');
    const said = await backUp(cluster, join(folder, 'backup'), '-S', 'mine');
    const [row] = await cluster.query<[string]>('SELECT restart_lsn FROM pg_replication_slots');
    const kept = parseLsn(row?.[0] ?? '') ?? 0n;
    expect(kept).toBe(segmentStart(kept, SEGMENT_BYTES));
    expect(kept).toBeGreaterThanOrEqual(segmentStart(endOf(said) - 1n, SEGMENT_BYTES));
    expect(await leftAt(cluster)).toEqual(['mine']);
  });

  it('may be made, and stays after a good backup', async () => {
    const said = await backUp(cluster, join(folder, 'backup'), '-C', '-S', 'new');
    expect(said).toContain('created replication slot "new"');
    expect(await slots()).toEqual([{ name: 'new', type: 'physical', temporary: false, active: false }]);
  });

  it('goes after a backup that failed, if it was made for it', async () => {
    const backup = startSlowBackup(cluster, join(folder, 'backup'), 1, '-r1M', '-CSnew');
    await untilStreaming(cluster);
    expect((await slots()).map(({ name }) => name)).toEqual(['new']);
    await backup.signal(0, 'SIGTERM');
    expect((await backup.finished).statuses[0]).toBe(143);
    expect(await leftAt(cluster)).toEqual([]);
  });

  describe('that cannot be used', () => {
    beforeAll(async () => {
      await cluster.query('CREATE TABLE IF NOT EXISTS t AS SELECT generate_series(1, 10)');
    });

    it.each([
      { name: 'does not exist', options: ['-S', 'nosuch'], complaint: 'slot "nosuch" does not exist' },
      { name: 'has a space in its name', options: ['-S', 'a b'], complaint: 'slot "a b" does not exist' },
      { name: 'has a quote in its name', options: ['-S', 'a"b'], complaint: 'contains invalid character' },
      {
        name: 'exists and is to be made',
        options: ['-C', '-S', 'there'],
        complaint: '"there" already exists',
      },
      {
        name: 'has a name that no slot can have',
        options: ['-C', '-S', 'A-B'],
        complaint: 'invalid character',
      },
    ])('is found before the copy: it $name', async ({ options, complaint }) => {
      await cluster.query("SELECT pg_create_physical_replication_slot('there')");
      const { statuses, stderrs } = await backUpInVain(cluster, join(folder, 'out'), ...options);
      expect(statuses).toEqual([2, 1]);
      expect(stderrs[0]).toContain(complaint);
      expect(stderrs[0]).not.toContain('sending archive');
      expect(existsSync(join(folder, 'out'))).toBe(false);
      expect(await leftAt(cluster)).toEqual(['there']);
    });

    it('is found before the copy: it is active', async () => {
      const other = startSlowBackup(cluster, join(folder, 'backup'), 1, '-r1M', '-CSbusy');
      const pid = await untilStreaming(cluster);
      const { statuses, stderrs } = await backUpInVain(cluster, join(folder, 'out'), '-S', 'busy');
      expect(statuses).toEqual([2, 1]);
      expect(stderrs[0]).toContain(`replication slot "busy" is active for PID ${pid}`);
      expect(stderrs[0]).not.toContain('sending archive');
      await other.signal(0, 'SIGTERM');
      await other.finished;
      expect(await leftAt(cluster)).toEqual([]);
    });

    it('is found before the backup begins: there is no more room for one', async () => {
      for (const name of ['a', 'b', 'c']) {
        await cluster.query('SELECT pg_create_physical_replication_slot($1)', [name]);
      }
      const { statuses, stderrs } = await backUpInVain(cluster, join(folder, 'out'));
      expect(statuses).toEqual([2, 1]);
      expect(stderrs[0]).toContain('all replication slots are in use');
      expect(stderrs[0]).not.toContain('initiating base backup');
    });
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'nothing is left at the server after %s, nor in $TMPDIR',
    async (signal) => {
      const backup = startSlowBackup(cluster, join(folder, 'backup'), 5, '-r1M');
      await untilStreaming(cluster);
      await backup.signal(0, signal);
      await untilTrue('slots and sessions are gone', async () => (await leftAt(cluster)).length === 0);
      await backup.finished;
    },
  );

  it('nothing is left at the server when the reader of the stream goes', async () => {
    const head = { command: 'sh', args: ['-c', 'head -c 300000 >/dev/null'] };
    const { statuses } = await startPipeline([streamOf(cluster), head]).finished;
    expect(statuses).toEqual([141, 0]);
    expect(await leftAt(cluster)).toEqual([]);
  });

  it('nothing is left at the server when the backup is refused', async () => {
    const result = await backUpInVain(cluster, join(folder, 'out'), '--manifest-checksums=nosuch');
    expect(outcome(result)).toContain('unrecognized checksum algorithm');
    expect(await leftAt(cluster)).toEqual([]);
  });
});
