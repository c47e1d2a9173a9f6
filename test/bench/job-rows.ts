/**
 * The whole job, from the server to archives that are verified, compressed and on disk: by four programs and by one,
 * beside what others make of it. pg_basebackup alone verifies nothing.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Material } from './material.ts';
import { dist, type Row, RUNS, THREADS } from './rows.ts';

const PGBACKREST = '/usr/bin/pgbackrest';
/** Against pg_basebackup alone: not more than this times its seconds of the processor, or of the wall clock. */
const MOST_CPU_PIPELINE = 2;
const MOST_CPU_FUSED = 1.35;
const MOST_WALL_FUSED = 1.05;

/** All rows for which the peers are installed. */
export function jobRows(material: Material): Row[] {
  if (material.pgBasebackup === undefined || material.pgVerifybackup === undefined) return [];
  return [...postgresRows(material), ...pgbackrestRow(material)];
}

function postgresRows(material: Material): Row[] {
  const [ours, theirs, unpacked] = ['ours', 'theirs', 'unpacked'].map((name) => join(material.folder, name));
  const row = (
    path: string,
    peerName: string,
    commands: readonly [string, string],
  ): Omit<Row, 'atLeast'> => ({
    path: `backup, verified, zstd:1, on disk: ${path}`,
    peerName,
    ours: { command: commands[0], before: `rm -rf ${ours}` },
    peer: {
      command: commands[1],
      before: `rm -rf ${theirs} ${unpacked} && mkdir -m 700 ${unpacked}`,
    },
    leftovers: [ours ?? '', theirs ?? '', unpacked ?? ''],
    runs: RUNS,
    outputs: { ours: `${ours}/base.tar.zst`, peer: `${theirs}/base.tar.zst` },
  });
  const alone = basebackup(material, theirs ?? '');
  const verified = `${alone} && ${verification(material, theirs ?? '', unpacked ?? '')}`;
  const [pipeline, fused] = [inPipeline(material, ours ?? ''), inOneProcess(material, ours ?? '')];
  return [
    { ...row('four programs', "PostgreSQL's", [pipeline, verified]), atLeast: 1.2 },
    { ...row('bb', "PostgreSQL's", [fused, verified]), atLeast: 1.8 },
    {
      ...row('four programs', 'pg_basebackup', [pipeline, alone]),
      atLeast: 0,
      cpuAtLeast: 1 / MOST_CPU_PIPELINE,
    },
    {
      ...row('bb', 'pg_basebackup', [fused, alone]),
      atLeast: 1 / MOST_WALL_FUSED,
      cpuAtLeast: 1 / MOST_CPU_FUSED,
    },
  ];
}

/** One process that does all. */
export function inOneProcess({ socket }: Pick<Material, 'socket'>, target: string): string {
  const stages = [`stream ${socket} -c fast -X fetch`, ...stagesAfter(target)];
  return `node ${join(dist, 'bb.js')} ${stages.join(' ! ')}`;
}

/** The stages behind the source, to archives in a directory. */
export function stagesAfter(target: string): string[] {
  return ['verify -q', `compress -Z zstd:1 -j${THREADS}`, `split -D ${target}`];
}

function inPipeline({ socket }: Material, target: string): string {
  const tool = (name: string) => `node ${join(dist, `${name}.js`)}`;
  return [
    `${tool('bb-stream')} ${socket} -c fast -X fetch`,
    `${tool('bb-verify')} --tee -q`,
    `${tool('bb-compress')} -Z zstd:1 -j${THREADS}`,
    `${tool('bb-split')} -D ${target}`,
  ].join(' | ');
}

function basebackup({ socket, pgBasebackup }: Material, target: string): string {
  return `${pgBasebackup} ${socket} -c fast -X fetch -Ft -Z client-zstd:level=1,workers=${THREADS} -D ${target}`;
}

/** pg_verifybackup reads tars from version 18 on; for older ones they have to be unpacked first. */
function verification({ pgVerifybackup }: Material, backup: string, unpacked: string): string {
  return [
    `zstd -dcq ${backup}/base.tar.zst | tar -x -C ${unpacked} -f -`,
    `cp ${backup}/backup_manifest ${unpacked}`,
    `${pgVerifybackup} -q ${unpacked}`,
  ].join(' && ');
}

/**
 * pgBackRest reads the files of the server itself, so the server's processes count for both: what bb gets from it is
 * the server's work.
 */
function pgbackrestRow(material: Material): Row[] {
  if (!existsSync(PGBACKREST)) {
    process.stderr.write(`pgBackRest is not installed: no row against it (apt-get install pgbackrest)\n`);
    return [];
  }
  const { folder, cluster } = material;
  const [target, repository] = [join(folder, 'ours'), join(folder, 'pgbackrest')];
  const command = `${PGBACKREST} --config=${configure(material, repository)} --stanza=bench`;
  return [
    {
      path: 'backup, verified, zstd:1, on disk: bb, with the server',
      peerName: 'pgBackRest',
      ours: { command: inOneProcess(material, target), before: `rm -rf ${target}` },
      peer: {
        command: `${command} --type=full --no-archive-check --log-level-console=error backup`,
        before: `rm -rf ${repository}/repo && ${command} --no-online stanza-create >/dev/null`,
      },
      leftovers: [target, `${repository}/repo`],
      atLeast: 1.2,
      serverPid: cluster.pid,
      runs: RUNS,
    },
  ];
}

/** As a user would set it up for one host. */
function configure({ cluster }: Material, directory: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'pgbackrest.conf');
  const settings = {
    'repo1-path': join(directory, 'repo'),
    'lock-path': directory,
    'log-level-file': 'off',
    'spool-path': directory,
    'process-max': THREADS,
    'compress-type': 'zst',
    'compress-level': 1,
    'start-fast': 'y',
  };
  const stanza = {
    'pg1-path': cluster.dataDirectory,
    'pg1-port': cluster.port,
    'pg1-socket-path': cluster.folder,
    'pg1-user': 'postgres',
  };
  const lines = (values: object) => Object.entries(values).map(([name, value]) => `${name}=${value}`);
  writeFileSync(path, ['[global]', ...lines(settings), '[bench]', ...lines(stanza), ''].join('\n'));
  return path;
}
