/**
 * Any valid backup stream, for property tests: 0 to 3 tablespaces, compressed or not, WAL between the archives
 * and after the manifest, with and without a manifest, and notices and parameters at every position.
 */

import fc from 'fast-check';
import { locationComplaint } from '../../lib/postgres/location.ts';
import type { Frame } from '../../lib/stream/frame.ts';
import {
  archive,
  backupFrames,
  completed,
  data,
  notice,
  parameter,
  progress,
  type Tablespace,
} from './frames.ts';

const OID = fc.integer({ min: 1, max: 0xffffffff });
const LSN = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const TIMELINE = fc.integer({ min: 1, max: 0xffffffff });
const SUFFIX = fc.constantFrom('', '.gz', '.lz4', '.zst');
/** Text that fits a NUL-terminated string, with characters of every length. */
const TEXT = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
const LOCATION = TEXT.map((text) => `/${text}`).filter((path) => locationComplaint(path) === undefined);

const CONTENTS: fc.Arbitrary<Frame[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }).map(data) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(progress) },
  ),
  { maxLength: 5 },
);

/** A run of pg_wal.tar, or none. */
const WAL = fc.option(CONTENTS, { nil: undefined });

const ASIDE: fc.Arbitrary<Frame> = fc.oneof(
  fc.tuple(TEXT, TEXT).map(([name, value]) => parameter(name, value)),
  fc.tuple(TEXT, TEXT, TEXT).map(([message, detail, hint]) => notice(message, { detail, hint })),
);

const TABLESPACES = fc.uniqueArray(fc.record({ oid: OID, location: LOCATION }), {
  maxLength: 3,
  selector: ({ oid }) => oid,
});

/** A valid stream as bb writes it. Adjacent data frames are not joined. */
export const anyBackup: fc.Arbitrary<Frame[]> = fc
  .record({
    start: LSN,
    stop: LSN,
    timeline: TIMELINE,
    tablespaces: TABLESPACES,
    kilobytes: fc.option(fc.nat()),
    suffix: SUFFIX,
    contents: fc.array(CONTENTS, { minLength: 4, maxLength: 4 }),
    wal: fc.array(WAL, { minLength: 5, maxLength: 5 }),
    manifest: fc.option(CONTENTS, { nil: undefined }),
  })
  .map((plan) => backupFrames({ ...plan, copy: copyFrames(plan) }))
  .chain((frames) =>
    fc.array(fc.tuple(fc.nat(frames.length - 1), ASIDE), { maxLength: 4 }).map(strewn(frames)),
  );

interface CopyPlan {
  readonly tablespaces: readonly Tablespace[];
  readonly suffix: string;
  readonly contents: readonly Frame[][];
  readonly wal: readonly (Frame[] | undefined)[];
  readonly manifest: Frame[] | undefined;
}

function copyFrames({ tablespaces, suffix, contents, wal, manifest }: CopyPlan): Frame[] {
  const archives = [
    ...tablespaces.map(({ oid, location }) => archive(`${oid}.tar${suffix}`, location)),
    archive(`base.tar${suffix}`, ''),
  ];
  const frames = archives.flatMap((begin, index) => [
    ...begin,
    ...(contents[index] ?? []),
    ...walFrames(wal[index]),
  ]);
  if (manifest !== undefined) frames.push({ type: 'manifest' }, ...manifest);
  return [...frames, ...walFrames(wal[4])];
}

function walFrames(contents: Frame[] | undefined): Frame[] {
  return contents === undefined ? [] : [...archive('pg_wal.tar', ''), ...contents];
}

/** The frames with others put in at the given places, never behind the end. */
function strewn(frames: readonly Frame[]): (asides: readonly [number, Frame][]) => Frame[] {
  return (asides) =>
    completed(asides.reduce((all, [place, aside]) => all.toSpliced(place, 0, aside), [...frames]));
}
