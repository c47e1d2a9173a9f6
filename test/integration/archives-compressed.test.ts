/**
 * Archives that the server compressed: they have the suffix, the usual commands decompress them to the same tar as
 * without compression, and they are unpacked and listed in the same way.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Compression } from '../../lib/compress/method.ts';
import { AbortError } from '../../lib/stream/abort.ts';
import { backUp, readStream, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { compareArchives, compareManifests } from '../support/compare-archives.ts';
import { backupCompressions } from '../support/features.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { run, runOk } from '../support/run.ts';
import { servers } from '../support/servers.ts';
import { relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const SINCE = 15;
const METHODS: readonly { method: Compression; details: string[]; suffix: string; decompress: string[] }[] = [
  { method: 'gzip', details: ['', ':level=1'], suffix: '.gz', decompress: ['gzip', '-d'] },
  {
    method: 'lz4',
    details: ['', ':1'],
    suffix: '.lz4',
    decompress: ['lz4', '-d', '-q', '-m', '--rm'],
  },
  { method: 'zstd', details: ['', ':level=3'], suffix: '.zst', decompress: ['zstd', '-d', '-q', '--rm'] },
];

describe.each(servers().filter(({ major }) => major >= SINCE))('on PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const plain = join(folder, 'plain');
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    await backUp(cluster, plain, { stream: ['-X', 'none'] });
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  describe.each(METHODS)('$method', ({ method, details, suffix, decompress }) => {
    it.for(details)('with "%s" makes archives that decompress to the same', async (detail, { skip }) => {
      if (!(await backupCompressions(cluster)).includes(method))
        skip(`the server is built without ${method}`);
      const directory = join(folder, `${method}${detail}`);
      await backUp(cluster, directory, { stream: ['-X', 'none', '-Z', `server-${method}${detail}`] });
      const names = readdirSync(plain).map((name) => (name.endsWith('.tar') ? `${name}${suffix}` : name));
      expect(readdirSync(directory).sort()).toEqual(names.sort());

      const [command = '', ...options] = decompress;
      const archives = names.filter((name) => name.endsWith(suffix));
      await runOk(command, [...options, ...archives], { cwd: directory });
      expect(compareArchives(directory, plain)).toEqual([]);
      expect(compareManifests(directory, plain)).toEqual([]);
    });
  });

  it.each(['fetch', 'stream'])('compressed archives are unpacked, with -X %s', async (wal) => {
    const target = join(folder, `target-${wal}`);
    await backUp(cluster, join(target, 'data'), {
      stream: ['-Z', 'server-gzip', '-X', wal],
      split: ['-Fp', ...relocate(tablespaces, target).options],
    });
    await verifyBackup(server, join(target, 'data'));
  });

  it('the members of compressed archives are listed', async () => {
    const list = async (...options: string[]) => {
      const stages = [streamStage(cluster, ['-X', 'none', ...options]), tool('bb-split', ['--list'])];
      const { stdout } = await pipelineOk(stages);
      return stdout.toString();
    };
    const compressed = await list('-Z', 'server-gzip');
    expect(compressed).toMatch(/^base\.tar\.gz: \d+ bytes, \d+ members$/m);
    const members = (text: string) => text.split('\n').filter((line) => /^[-dl]/.test(line));
    expect(members(compressed)).toEqual(members(await list()));
  });

  it('details that the server does not take are its error', async () => {
    const { command, args = [] } = streamStage(cluster, ['-Z', 'server-gzip:level=99']);
    const { status, stderr } = await run(command, args);
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      expect.stringMatching(/^bb-stream: error: could not take base backup: .*compression level/),
    ]);
  });
});

describe.each(servers().filter(({ major }) => major < SINCE))('on PostgreSQL $major', (server) => {
  it('compression is refused before anything is sent', async () => {
    const cluster = await Cluster.create({ server });
    await cluster.start();
    const { command, args = [] } = streamStage(cluster, ['-Z', 'server-gzip']);
    const { status, stdout, stderr } = await run(command, args);
    expect([status, stderr]).toEqual([
      2,
      'bb-stream: error: server does not support server-side compression\n' +
        'bb-stream: hint: Server-side compression needs PostgreSQL 15 or later.\n',
    ]);
    expect(await readStream(stdout)).toMatchObject({ error: expect.any(AbortError) });
    await cluster.dispose();
  });
});
