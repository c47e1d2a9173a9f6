/**
 * A byte changed anywhere in a small backup, stream, tars or directory, is found, or is one of those that bb-verify(1)
 * states as not covered. Places and values are random, the same in every run.
 */

import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import type { Lsn } from '../../../lib/postgres/lsn.ts';
import { encode } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { randomFrom } from '../../support/rechunk.ts';
import { silentBytes } from '../wal/build.ts';
import { type ModelArchive, makeModel, modelFrames, OID, writePlain, writeTars } from './model.ts';
import { type Outcome, verifyPlain, verifyStream, verifyTars } from './run.ts';

/** So many changes in a stream take some seconds; all bytes take an hour. */
const CHANGES = 1000;
const CHANGES_ON_DISK = 300;
const TAR_BLOCK_BYTES = 512;
const LONG_HEADER_BYTES = 40;

/** As the manual has them, and nothing else. */
const NOT_COVERED: readonly string[] = [
  'padding of a tar member',
  'end of the checksum in a tar header',
  'names and types of columns',
  'progress',
  'tag of a result',
  'format of the copy',
  'part of a parameter',
  'size of a tablespace',
  'WAL that is not needed',
  'reason in a history',
  'case of a digit, or kind of a space',
];

const model = makeModel({ records: [100, 300, 9000, 50, 5], branchAt: 3 });
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** Bytes that have one meaning. */
interface Stretch {
  readonly bytes: number;
  readonly meaning: string;
}

describe('a changed byte', () => {
  it('in a stream is found, or stated as not covered', async () => {
    const { bytes, meaningAt } = layOutStream();
    expect((await verifyStream(bytes)).complaints).toEqual([]);
    const escaped = new Set<string>();
    for (const { at, value } of changes(CHANGES, bytes.length, meaningAt)) {
      const before = bytes.readUInt8(at);
      bytes.writeUInt8(before ^ value, at);
      if (!(await isFound(verifyStream(bytes)))) escaped.add(meaningAt(at));
      bytes.writeUInt8(before, at);
    }
    expect([...escaped].filter((meaning) => !NOT_COVERED.includes(meaning))).toEqual([]);
  });

  it.each([
    { name: 'a directory', write: writePlain, verify: verifyPlain, meanings: meaningsOfFiles },
    { name: 'tars', write: writeTars, verify: verifyTars, meanings: meaningsOfTars },
  ])('in $name is found, or stated as not covered', async ({ name, write, verify, meanings }) => {
    const place = join(folder, name);
    write(model, place);
    expect((await verify(place)).complaints).toEqual([]);
    const files = meanings(place);
    const escaped = new Set<string>();
    const random = randomFrom(9);
    for (let change = 0; change < CHANGES_ON_DISK; change++) {
      const { path, stretches } = files[random(files.length)] ?? { path: '', stretches: [] };
      const meaningAt = finder(stretches);
      const size = statSync(path).size;
      if (size === 0) continue;
      const [{ at, value } = { at: 0, value: 1 }] = changes(1, size, meaningAt, change);
      const before = readFileSync(path)[at] ?? 0;
      put(path, at, before ^ value);
      if (!(await isFound(verify(place)))) escaped.add(meaningAt(at));
      put(path, at, before);
    }
    expect([...escaped].filter((meaning) => !NOT_COVERED.includes(meaning))).toEqual([]);
  });
});

/** Trouble keeps a backup from being called good, too. */
async function isFound(outcome: Promise<Outcome>): Promise<boolean> {
  try {
    return (await outcome).complaints.length > 0;
  } catch (error) {
    if (error instanceof TroubleError) return true;
    throw error;
  }
}

/** Random places, few of them in WAL that is not needed, of which there is most. */
function* changes(count: number, bytes: number, meaningAt: (at: number) => string, seed = 1) {
  const random = randomFrom(seed);
  for (let left = count; left > 0; ) {
    const at = random(bytes);
    if (meaningAt(at) === 'WAL that is not needed' && random(200) > 0) continue;
    yield { at, value: 1 + random(255) };
    left--;
  }
}

function put(path: string, at: number, value: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.of(value), 0, 1, at);
  closeSync(fd);
}

function layOutStream(): { bytes: Buffer; meaningAt: (at: number) => string } {
  const stretches: Stretch[] = [];
  const pieces: Buffer[] = [];
  const archives = new Map(
    [model.tablespace, model.base, model.wal].map((one) => [one.name, finder([...stretchesOf(one)])]),
  );
  const done = new Map<string, number>();
  let current = 'manifest';
  for (const frame of modelFrames(model)) {
    const wire = Buffer.concat(encode(frame));
    pieces.push(wire);
    if (frame.type === 'archive') current = frame.name;
    if (frame.type === 'manifest') current = 'manifest';
    const meaningAt = frame.type === 'data' ? archives.get(current) : undefined;
    if (wire.length === 0) continue;
    if (frame.type !== 'data' || meaningAt === undefined) {
      stretches.push(...meaningsOfFrame(frame, wire));
      continue;
    }
    const head = wire.length - frame.bytes;
    stretches.push({ bytes: head, meaning: 'frame' });
    const begun = done.get(current) ?? 0;
    for (let at = begun; at < begun + frame.bytes; at++) stretches.push({ bytes: 1, meaning: meaningAt(at) });
    done.set(current, begun + frame.bytes);
  }
  return { bytes: Buffer.concat(pieces), meaningAt: finder(stretches) };
}

const MESSAGE_HEAD_BYTES = 5;

/** What nothing is compared with; the lengths of messages are part of all. */
function* meaningsOfFrame(frame: Frame, wire: Buffer): Generator<Stretch> {
  const meaning = meaningOfFrame(frame);
  const body = wire.subarray(MESSAGE_HEAD_BYTES);
  yield { bytes: MESSAGE_HEAD_BYTES, meaning: 'head of a message' };
  if (frame.type === 'start' || frame.type === 'stop') yield* spelt(body, meaning);
  else yield { bytes: body.length, meaning };
}

function meaningOfFrame(frame: Frame): string {
  switch (frame.type) {
    case 'columns':
      return 'names and types of columns';
    case 'progress':
      return 'progress';
    case 'result-end':
      return 'tag of a result';
    case 'copy':
      return 'format of the copy';
    case 'parameter':
      return 'part of a parameter';
    case 'tablespace':
      return frame.oid === null ? 'size of a tablespace' : 'tablespace';
    default:
      return frame.type;
  }
}

/** The bytes of an archive. */
function* stretchesOf(one: ModelArchive): Generator<Stretch> {
  for (const { path, bytes = Buffer.alloc(0) } of one.members) {
    yield { bytes: 148, meaning: 'tar header' };
    yield { bytes: 8, meaning: 'end of the checksum in a tar header' };
    yield { bytes: TAR_BLOCK_BYTES - 156, meaning: 'tar header' };
    yield* meaningsOfContents(one.name === 'pg_wal.tar' ? `pg_wal/${path}` : path, bytes);
    yield { bytes: -bytes.length & (TAR_BLOCK_BYTES - 1), meaning: 'padding of a tar member' };
  }
  yield { bytes: 2 * TAR_BLOCK_BYTES, meaning: 'end of an archive' };
}

function meaningsOfTars(place: string) {
  return readdirSync(place).map((name) => {
    const one = [model.tablespace, model.base, model.wal].find((candidate) => candidate.name === name);
    const whole = [{ bytes: Number.POSITIVE_INFINITY, meaning: name }];
    return { path: join(place, name), stretches: one === undefined ? whole : [...stretchesOf(one)] };
  });
}

function meaningsOfFiles(place: string) {
  const paths = [
    ...model.base.members.map(({ path, bytes }) => ({ path, bytes })),
    ...model.tablespace.members.map(({ path, bytes }) => ({ path: `pg_tblspc/${OID}/${path}`, bytes })),
    ...model.wal.members.map(({ path, bytes }) => ({ path: `pg_wal/${path}`, bytes })),
    { path: 'backup_manifest', bytes: model.manifest },
  ];
  return paths.flatMap(({ path, bytes }) =>
    bytes === undefined ? [] : [{ path: join(place, path), stretches: [...meaningsOfContents(path, bytes)] }],
  );
}

/** Positions in the WAL are the same in other letters. */
function* spelt(bytes: Buffer, meaning: string): Generator<Stretch> {
  for (const byte of bytes) {
    const isSpelling = /[\tA-F]/.test(String.fromCharCode(byte));
    yield { bytes: 1, meaning: isSpelling ? 'case of a digit, or kind of a space' : meaning };
  }
}

/** Of WAL only records count, and what surrounds them. */
function* meaningsOfContents(path: string, bytes: Buffer): Generator<Stretch> {
  const [, timeline, lower] = /^pg_wal\/([0-9A-F]{8})[0-9A-F]{8}([0-9A-F]{8})$/.exec(path) ?? [];
  if (timeline === undefined || lower === undefined) {
    const reason = path.endsWith('.history') ? bytes.indexOf('\tno ') : bytes.length;
    yield* path.endsWith('.history')
      ? spelt(bytes.subarray(0, reason), path)
      : [{ bytes: reason, meaning: path }];
    yield { bytes: bytes.length - reason, meaning: 'reason in a history' };
    return;
  }
  const from = timeline === '00000001' ? model.start.lsn : model.builder.start;
  const to = timeline === '00000001' ? (model.branch ?? 0n) : model.stop.lsn;
  const offset = (lsn: Lsn) => Number(lsn - model.builder.start);
  const silent = new Set(silentBytes(model.builder, offset(model.stop.lsn)));
  for (let at = 0; at < offset(to); at++) {
    const isNeeded = (at < LONG_HEADER_BYTES || at >= offset(from)) && !silent.has(at);
    yield { bytes: 1, meaning: isNeeded ? 'WAL' : 'WAL that is not needed' };
  }
  yield { bytes: bytes.length - offset(to), meaning: 'WAL that is not needed' };
}

/** Gives the meaning of the byte at each place. */
function finder(stretches: readonly Stretch[]): (at: number) => string {
  let end = 0;
  const ends = stretches.map(({ bytes }) => {
    end += bytes;
    return end;
  });
  return (at) => {
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return stretches[low]?.meaning ?? 'nothing';
  };
}
