/**
 * A small backup for tests of the verification, made by hand and right in every byte: two tablespaces' worth of
 * members, data pages, a control file, a manifest, and WAL of one or two segments, perhaps on two timelines. Tests
 * change what they like in it, and lay it out as a stream, as tars or as a data directory.
 */

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatLsn, type Lsn } from '../../../lib/postgres/lsn.ts';
import { formatTablespaceMap } from '../../../lib/postgres/tablespace-map.ts';
import { historyFileName, segmentName } from '../../../lib/postgres/wal-segment.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { archive, backupFrames, progress } from '../../support/frames.ts';
import { buildManifest } from '../manifest/build.ts';
import { makePage } from '../page/reference.ts';
import { buildControlFile } from '../postgres/control-file.ts';
import { directory, file, symlink, tar } from '../tar/build.ts';
import { WalBuilder } from '../wal/build.ts';

/** A member of an archive: a file, a link, or a directory. */
export interface ModelMember {
  readonly path: string;
  readonly bytes?: Buffer;
  readonly linkTarget?: string;
}

/** An archive, or what is in one directory. */
export interface ModelArchive {
  readonly name: string;
  members: ModelMember[];
}

/** The backup. */
export interface Model {
  readonly parameters: Record<string, string>;
  readonly location: string;
  readonly start: { lsn: Lsn; timeline: number };
  readonly stop: { lsn: Lsn; timeline: number };
  readonly tablespace: ModelArchive;
  readonly base: ModelArchive;
  readonly wal: ModelArchive;
  /** What the WAL was made by, and where it branched off. */
  readonly builder: WalBuilder;
  readonly branch: Lsn | undefined;
  manifest: Buffer;
}

/** What a model is to be like. */
export interface ModelOptions {
  /** The lengths of WAL records. */
  readonly records?: readonly number[];
  /** Before which record a second timeline branches off. */
  readonly branchAt?: number;
  readonly segmentBlocks?: number;
  readonly dataChecksums?: boolean;
}

export const OID = 16385;
/** Where the tablespace is; made in plain format only. */
export const LOCATION = join(temporaryFolder(), 'fast ts');
export const RELATION = 'base/5/16384';
export const SPACED = `pg_tblspc/${OID}/PG_15_202209061/5/16390`;
const BLOCK = 1024;
const MIB = 1024 ** 2;
const IDENTIFIER = 7_000_000_000_000_000_001n;
const CRC_AT = 288;
const DIRECTORIES = [
  'global',
  'base',
  'base/5',
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
  'pg_wal',
  'pg_wal/archive_status',
];

/** A backup that is good. */
export function makeModel(options: ModelOptions = {}): Model {
  const { records = [100, 700_000, 300, 600_000, 5], branchAt } = options;
  const wal = new WalBuilder(Math.ceil((records.reduce((a, b) => a + b, 0) * 1.1) / MIB));
  wal.addAll(records.slice(0, branchAt));
  const branch = branchAt === undefined ? undefined : wal.end;
  if (branchAt !== undefined) {
    wal.timeline = 2;
    wal.addAll(records.slice(branchAt));
  }
  const start = { lsn: wal.lsns[1] ?? 0n, timeline: 1 };
  const stop = { lsn: wal.end, timeline: wal.timeline };
  const location = LOCATION;
  const tablespace = { name: `${OID}.tar`, members: tablespaceMembers(start.lsn) };
  const base = { name: 'base.tar', members: baseMembers(start.lsn, location, options) };
  const whole = { tablespace, base, start, stop, location };
  return {
    ...whole,
    parameters: {
      server_version: '15.18',
      system_identifier: String(IDENTIFIER),
      block_size: String(BLOCK),
      wal_segment_size: String(MIB),
      data_checksums: options.dataChecksums === false ? 'off' : 'on',
    },
    builder: wal,
    branch,
    wal: { name: 'pg_wal.tar', members: walMembers(wal, branch) },
    manifest: manifestOf(whole, branch),
  };
}

/** The manifest for the files that a model has. */
export function manifestOf(
  { tablespace, base, start, stop }: Pick<Model, 'tablespace' | 'base' | 'start' | 'stop'>,
  branch?: Lsn,
): Buffer {
  const prefixed = tablespace.members.map((member) => ({
    ...member,
    path: `pg_tblspc/${OID}/${member.path}`,
  }));
  const files = [...prefixed, ...base.members].flatMap(({ path, bytes }) =>
    bytes === undefined ? [] : [[path, bytes]],
  );
  const [from, to] = [formatLsn(start.lsn), formatLsn(stop.lsn)];
  const between = branch === undefined ? '' : formatLsn(branch);
  return buildManifest({
    files: Object.fromEntries(files),
    version: 2,
    ranges:
      branch === undefined
        ? [[1, from, to]]
        : [
            [2, between, to],
            [1, from, between],
          ],
  });
}

/** The backup as bb-stream sends it, WAL first in one piece and then in another. */
export function modelFrames(model: Model): Frame[] {
  const wal = tarOf(model.wal);
  const half = Math.floor(wal.length / 2 / 512) * 512 + 100;
  return backupFrames({
    parameters: model.parameters,
    start: model.start.lsn,
    stop: model.stop.lsn,
    timeline: model.start.timeline,
    tablespaces: [{ oid: OID, location: model.location }],
    copy: [
      ...archive('pg_wal.tar', '', wal.subarray(0, half)),
      ...archive(model.tablespace.name, model.location, tarOf(model.tablespace)),
      progress(17n),
      ...archive('base.tar', '', ...inPieces(tarOf(model.base))),
      { type: 'manifest' },
      { type: 'data', parts: [model.manifest], bytes: model.manifest.length },
      ...archive('pg_wal.tar', '', wal.subarray(half)),
    ],
  }).map((frame) => (frame.type === 'stop' ? { ...frame, timeline: model.stop.timeline } : frame));
}

/** The backup as pg_basebackup -Ft stores it; a directory of this name must not be there. */
export function writeTars(model: Model, folder: string): void {
  mkdirSync(folder);
  for (const one of [model.tablespace, model.base, model.wal])
    writeFileSync(join(folder, one.name), tarOf(one));
  writeFileSync(join(folder, 'backup_manifest'), model.manifest);
}

/** The backup as a data directory, the tablespace at its location, which the map and the link agree about. */
export function writePlain(model: Model, folder: string): void {
  rmSync(LOCATION, { recursive: true, force: true });
  mkdirSync(folder);
  writeMembers(model.base, folder);
  writeMembers(model.wal, join(folder, 'pg_wal'));
  writeMembers(model.tablespace, LOCATION);
  symlinkSync(LOCATION, join(folder, 'pg_tblspc', String(OID)));
  writeFileSync(join(folder, 'backup_manifest'), model.manifest);
}

/** An archive's bytes. */
export function tarOf({ members }: ModelArchive): Buffer {
  return tar(
    ...members.map(({ path, bytes, linkTarget }) => {
      if (linkTarget !== undefined) return symlink(path, linkTarget);
      return bytes === undefined ? directory(path) : file(path, bytes);
    }),
  );
}

/** Changes one member. */
export function edit(one: ModelArchive, path: string, change: (bytes: Buffer) => Buffer): void {
  one.members = one.members.map((member) =>
    member.path === path ? { ...member, bytes: change(Buffer.from(member.bytes ?? [])) } : member,
  );
}

function writeMembers({ members }: ModelArchive, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, bytes, linkTarget } of members) {
    const full = join(folder, path);
    mkdirSync(bytes === undefined && linkTarget === undefined ? full : dirname(full), { recursive: true });
    if (linkTarget !== undefined) symlinkSync(linkTarget, full);
    else if (bytes !== undefined) writeFileSync(full, bytes);
  }
}

function tablespaceMembers(start: Lsn): ModelMember[] {
  const folder = 'PG_15_202209061';
  const pages = [0, 1].map((block) => makePage(BLOCK, block, start - 100n, block));
  return [
    { path: folder },
    { path: `${folder}/5` },
    { path: `${folder}/5/16390`, bytes: Buffer.concat(pages) },
  ];
}

function baseMembers(start: Lsn, location: string, options: ModelOptions): ModelMember[] {
  const { segmentBlocks = 2 ** 30 / BLOCK, dataChecksums = true } = options;
  const page = (block: number, seed: number) => makePage(BLOCK, block, start - 1000n, seed);
  const label = [
    `START WAL LOCATION: ${formatLsn(start)} (file ${segmentName(1, start, MIB)})`,
    `CHECKPOINT LOCATION: ${formatLsn(start)}`,
    'START TIMELINE: 1',
    '',
  ].join('\n');
  const control = buildControlFile(1300, CRC_AT, (bytes) => {
    [BLOCK, segmentBlocks, 8192, MIB].forEach((value, index) => {
      bytes.writeUInt32LE(value, 216 + 4 * index);
    });
    bytes.writeUInt32LE(dataChecksums ? 1 : 0, 252);
  });
  return [
    { path: 'backup_label', bytes: Buffer.from(label) },
    { path: 'tablespace_map', bytes: formatTablespaceMap(new Map([[OID, location]])) },
    { path: 'PG_VERSION', bytes: Buffer.from('15\n') },
    { path: 'pg_hba.conf', bytes: Buffer.from('# nothing\n') },
    ...DIRECTORIES.map((path) => ({ path })),
    { path: RELATION, bytes: Buffer.concat([page(0, 1), page(1, 2), Buffer.alloc(BLOCK)]) },
    { path: `${RELATION}.1`, bytes: page(segmentBlocks, 3) },
    { path: `${RELATION}_fsm`, bytes: page(0, 4) },
    { path: 'global/pg_control', bytes: control },
  ];
}

/** As pg_basebackup streams them: all segments of a timeline, the last one filled up with zeros, then the next. */
function walMembers(wal: WalBuilder, branch: Lsn | undefined): ModelMember[] {
  const members: ModelMember[] = [];
  const add = (timeline: number, from: number, to: number) => {
    for (let at = from - (from % MIB); at < to; at += MIB) {
      const bytes = Buffer.alloc(MIB);
      wal.bytes.copy(bytes, 0, at, Math.min(to, at + MIB));
      const name = segmentName(timeline, wal.start + BigInt(at), MIB);
      members.push({ path: name, bytes });
      if (at + MIB <= to) members.push({ path: `archive_status/${name}.done`, bytes: Buffer.alloc(0) });
    }
  };
  const end = Number(wal.end - wal.start);
  if (branch === undefined) add(1, 0, end);
  else {
    add(1, 0, Number(branch - wal.start));
    const history = Buffer.from(`1\t${formatLsn(branch)}\tno recovery target specified\n`);
    members.push({ path: historyFileName(2), bytes: history });
    add(2, Number(branch - wal.start), end);
  }
  return members;
}

function inPieces(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 3000) pieces.push(bytes.subarray(at, at + 3000));
  return pieces;
}
