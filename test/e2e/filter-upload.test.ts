/**
 * Uploads with --filter and curl to a server that may fail. In all cases, an object is a complete archive, and the
 * manifest is stored only if all archives are.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { quote } from '../support/announce.ts';
import { pipeline } from '../support/pipeline.ts';
import { run, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { recordedCluster } from './support/given.ts';
import { ObjectServer, type Trouble } from './support/object-server.ts';
import { stop } from './support/signalling.ts';
import { typed } from './support/typed.ts';

const given = recordedCluster(async () => {}, 'stream');
let server: ObjectServer;
afterEach(() => server.close());

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const program = quote(fileURLToPath(new URL('../fixtures/put.mjs', import.meta.url)));
const upload = () =>
  hasCurl
    ? `curl -sfS -T - ${server.url}/$FILE`
    : `${quote(process.execPath)} ${program} ${server.url}/$FILE`;

const NAMES = ['backup_manifest', 'base.tar', 'pg_wal.tar'];

/** Uploads the first bytes of the recording to a server with these troubles. */
async function uploadTo(troubles: Readonly<Record<string, Trouble>>, bytes = given.recording.bytes.length) {
  server = await ObjectServer.start(troubles);
  const head = { command: 'head', args: ['-c', String(bytes), given.recording.file] };
  const { statuses, stderrs } = await pipeline([head, tool('bb-split', [`--filter=${upload()}`])]);
  return { status: statuses[1], stderr: stderrs[1] ?? '', objects: [...server.objects.keys()].sort() };
}

describe('an upload', () => {
  it('makes objects that are what -D writes', async () => {
    const directory = join(given.folder, 'directory');
    const files = tool('bb-split', ['-N', '-D', directory]);
    await run('bash', ['-c', `${typed(files)} <${given.recording.file}`]);
    expect(await uploadTo({})).toEqual({ status: 0, stderr: '', objects: NAMES });
    for (const [name, contents] of server.objects) {
      expect(contents.equals(readFileSync(join(directory, name)))).toBe(true);
    }
  });

  const troubles: readonly [
    name: string,
    troubles: Record<string, Trouble>,
    file: string,
    objects: string[],
  ][] = [
    ['an archive', { 'base.tar': 'refuse' }, 'base.tar', []],
    ['WAL', { 'pg_wal.tar': 'refuse' }, 'pg_wal.tar', ['base.tar']],
    ['the manifest', { backup_manifest: 'refuse' }, 'backup_manifest', ['base.tar', 'pg_wal.tar']],
  ];
  it.each(troubles)('fails if the server refuses %s', async (_name, trouble, file, objects) => {
    const { status, stderr, objects: made } = await uploadTo(trouble);
    expect(status).toBe(2);
    expect(stderr).toContain(`bb-split: error: command for file "${file}" failed with exit code 22\n`);
    expect(made).toEqual(objects);
  });

  it('fails if the connection is reset', async () => {
    const { status, stderr, objects } = await uploadTo({ 'base.tar': 'reset' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bb-split: error: command for file "base.tar" failed with exit code \d+\n/m);
    expect(objects).toEqual([]);
  });

  it('fails if there is no server', async () => {
    server = await ObjectServer.start();
    const command = upload().replace(server.url, 'http://127.0.0.1:1');
    const script = `${typed(tool('bb-split', [`--filter=${command}`]))} <${given.recording.file}`;
    const { status, stderr } = await run('bash', ['-c', script]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bb-split: error: command for file ".*" failed with exit code \d+\n/m);
  });

  it('is given up if the server does not answer', async () => {
    server = await ObjectServer.start({ 'base.tar': 'hang' });
    const split = `exec ${typed(tool('bb-split', [`--filter=${upload()}`]))} <${given.recording.file}`;
    const running = start('bash', ['-c', split]);
    await untilTrue('the upload has begun', () => server.begun.includes('base.tar'));
    expect((await stop(running, 'SIGTERM')).status).toBe(143);
    expect([...server.objects.keys()]).toEqual([]);
  });

  it.each([
    ['in an archive', 'dn', []],
    ['in the manifest', 'dm', ['base.tar']],
  ] as const)('makes nothing that looks complete of a stream that is cut %s', async (_name, type, made) => {
    const place = given.recording.places.find((one) => one.type === type);
    const { status, objects } = await uploadTo({}, (place?.end ?? 0) + 10_000);
    expect(status).toBe(1);
    expect(objects).toEqual(made);
  });
});
