/** The filter that verifies a stream that passes. */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { verifyStream } from '../../../../lib/verify/archives/verify-stream.ts';
import { Findings, FirstFindingError } from '../../../../lib/verify/shared/findings.ts';
import { archive, completed } from '../../../support/frames.ts';
import { gather } from '../../../support/gather.ts';
import { oneByOne } from '../../../support/source.ts';
import { judgement } from '../judgement.ts';
import { edit, makeModel, modelFrames, tarOf } from '../model.ts';

const OPTIONS = { algorithm: 'CRC32C', manifest: undefined, wal: undefined } as const;
const model = makeModel();
const frames = modelFrames(model);

/** What comes out, and what was found by the time of each frame. */
async function verify(input: readonly Frame[], { verdict = () => {}, stopAtFirst = false } = {}) {
  const told: string[] = [];
  const findings = new Findings(({ message }) => told.push(message), stopAtFirst);
  const { verification, statistics } = judgement({ findings });
  const filter = verifyStream(OPTIONS, verification, verdict);
  return { ...(await gather(filter(oneByOne(input)))), told, findings: findings.all, statistics };
}

/** The stream with base.tar in other bytes, perhaps under another name. */
function withBase(bytes: Buffer, name = 'base.tar'): Frame[] {
  const begin = frames.findIndex((frame) => frame.type === 'archive' && frame.name === 'base.tar');
  const end = frames.findIndex((frame) => frame.type === 'manifest');
  return completed([...frames.slice(0, begin), ...archive(name, '', bytes), ...frames.slice(end)]);
}

const typesOf = (all: readonly Frame[]) => all.map(({ type }) => type);

describe('verifyStream', () => {
  it('forwards every frame as it came, and asks for the verdict before the end', async () => {
    const whole = await gather(oneByOne(frames));
    let verdicts = 0;
    const { told, error, ...out } = await verify(frames, { verdict: () => verdicts++ });
    expect({ told, error, verdicts }).toEqual({ told: [], error: undefined, verdicts: 1 });
    expect(out.bytes.equals(whole.bytes)).toBe(true);
    expect(typesOf(out.frames)).toEqual(typesOf(whole.frames));
  });

  it('keeps the end back if the verdict is bad, and nothing else', async () => {
    const { frames: whole } = await gather(oneByOne(frames));
    const bad = new BackupError('not good');
    const { frames: out, error } = await verify(frames, {
      verdict: () => {
        throw bad;
      },
    });
    expect(typesOf(out)).toEqual(typesOf(whole).slice(0, -1));
    expect(error).toBe(bad);
  });

  it('looks into a compressed archive, which passes as it is', async () => {
    const compressed = withBase(gzipSync(tarOf(model.base)), 'base.tar.gz');
    const whole = await gather(oneByOne(compressed));
    const { bytes, told, statistics } = await verify(compressed);
    expect(bytes.equals(whole.bytes)).toBe(true);
    expect(told).toEqual([]);
    expect(statistics).toMatchObject({ checksums: { count: 9 }, pages: { good: 6 } });
  });

  it.each([
    { name: 'a cut tar', input: withBase(tarOf(model.base).subarray(0, 5000)), message: /is cut short/ },
    {
      name: 'a cut compression',
      input: withBase(gzipSync(tarOf(model.base)).subarray(0, 50), 'base.tar.gz'),
      message: /base\.tar\.gz/,
    },
    { name: 'no tar', input: withBase(Buffer.alloc(2048, 'x')), message: /^malformed archive "base.tar"/ },
  ])('ends at the archive in $name', async ({ input, message }) => {
    const { frames: out, error } = await verify(input);
    expect(error).toBeInstanceOf(BackupError);
    expect((error as BackupError).message).toMatch(message);
    expect(typesOf(out)).not.toContain('end');
  });

  it('tells at once what does not depend on the manifest', async () => {
    const twice = makeModel();
    twice.base.members.push({ path: 'PG_VERSION', bytes: Buffer.from('15\n') });
    const message = 'file "PG_VERSION" is present in archive "base.tar" a second time';
    const cut = modelFrames(twice).slice(0, -8);
    expect((await verify(cut)).told).toEqual([message]);
    const { error, frames: out } = await verify(cut, { stopAtFirst: true });
    expect(error).toBeInstanceOf(FirstFindingError);
    expect(typesOf(out)).not.toContain('manifest');
  });

  it('compares nothing with a manifest that is damaged', async () => {
    const damaged = makeModel();
    edit(damaged.base, 'pg_hba.conf', () => Buffer.from('# anythin\n'));
    damaged.manifest = Buffer.from(damaged.manifest.toString().replace('"2026-', '"2025-'));
    const { findings } = await verify(modelFrames(damaged));
    expect(findings).toEqual([{ check: 'manifest', message: 'manifest checksum mismatch' }]);
  });

  it('calls a backup without a manifest trouble', async () => {
    const bare = completed([...archive('base.tar', '', tarOf(model.base)), { type: 'end' }]);
    const { error } = await verify(bare);
    expect(error).toBeInstanceOf(TroubleError);
    expect((error as TroubleError).message).toBe('could not verify the backup: it has no manifest');
  });
});
