/** Memory: bb-relocate takes no more than 160 MB, for archives and manifests of any size. */

import { createHash } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import * as messages from '../support/messages.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';
import { streamBytes } from '../unit/relocate/build.ts';
import { file, header } from '../unit/tar/build.ts';
import { places } from './support/recording.ts';

const LIMIT_KILOBYTES = 160 * 1024;
const MEGABYTE = 1024 * 1024;
const MEGABYTES = 200;
const LINES = 10_000;
const PIECES = 100;
/** The index of base.tar in the stream. */
const BASE_TAR = 2;
/** Has a tool print its peak memory at its end, in kilobytes (VmHWM in proc(5)). */
const TELL_PEAK = "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))";
const MAP = Buffer.from('16384 /srv/ts\n');

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** A backup with a large file, and a manifest of a million files. */
function writeLarge(path: string): void {
  const stream = streamBytes({ tablespaces: [{ oid: 16384, location: '/srv/ts' }] });
  const all = [...places(stream)];
  const fd = openSync(path, 'w');
  const write = (bytes: Buffer) => void writeSync(fd, bytes);
  write(stream.subarray(0, all.filter(({ type }) => type === 'dn')[BASE_TAR]?.end));
  write(messages.Contents(file('tablespace_map', MAP)));
  write(messages.Contents(header({ path: 'base/1/1', size: MEGABYTES * MEGABYTE })));
  for (let count = 0; count < MEGABYTES; count++) write(messages.Contents(Buffer.alloc(MEGABYTE, 'x')));
  write(messages.Contents(Buffer.alloc(1024)));
  write(messages.Manifest());
  writeManifest((text) => write(messages.Contents(text)));
  write(stream.subarray(all.find(({ type }) => type === 'c')?.start));
  closeSync(fd);
}

function writeManifest(write: (text: string) => void): void {
  const hash = createHash('sha256');
  const add = (text: string) => {
    hash.update(text);
    write(text);
  };
  const line = (path: string, size: number) =>
    `{ "Path": "${path}", "Size": ${size}, "Last-Modified": "2026-11-22 16:02:19 GMT" },\n`;
  add('{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n');
  const piece = Array.from({ length: LINES }, (_, index) => line(`base/1/${index}`, 8192)).join('');
  for (let count = 0; count < PIECES; count++) add(piece);
  add(line('tablespace_map', MAP.length));
  add('],\n"WAL-Ranges": [\n],\n');
  write(`"Manifest-Checksum": "${hash.digest('hex')}"}\n`);
}

it('stays below the limit', async () => {
  const large = join(folder, 'large');
  const preloaded = join(folder, 'tell-peak.mjs');
  writeLarge(large);
  writeFileSync(preloaded, TELL_PEAK);
  const relocate = tool('bb-relocate', ['--all-into=/mnt'], { NODE_OPTIONS: `--import=${preloaded}` });
  const stages = [{ command: 'cat', args: [large] }, relocate];
  const { stderrs } = await pipelineOk(stages, { stdoutFile: '/dev/null' });
  const peak = Number(/^peak (\d+)$/m.exec(stderrs[1] ?? '')?.[1]);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(LIMIT_KILOBYTES);
});
