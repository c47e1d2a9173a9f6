/** What a stage is told when the one before it fails: the same as if a pipe were between them. */

import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { AbortError } from '../../../../lib/stream/abort.ts';
import { decode } from '../../../../lib/stream/decode.ts';
import { encodeAbort } from '../../../../lib/stream/encode.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { InterruptedError } from '../../../../lib/terminal/signals.ts';
import { border } from '../../../../lib/tool/runner/border.ts';
import { smallBackup } from '../../../support/frames.ts';
import { gather, joinData } from '../../../support/gather.ts';
import { oneByOne } from '../../../support/source.ts';

async function* failing(error: unknown): AsyncGenerator<Frame> {
  yield* smallBackup().slice(0, 3);
  throw error;
}

/** What is told on this side of the border, and thrown on the other. */
async function across(error: unknown): Promise<{ told: unknown[]; thrown: unknown }> {
  const told: unknown[] = [];
  const { error: thrown } = await gather(border(failing(error), (one) => told.push(one)));
  return { told, thrown };
}

describe('border', () => {
  it('forwards a good backup', async () => {
    const { frames, error } = await gather(border(oneByOne(smallBackup()), () => {}));
    expect(error).toBeUndefined();
    expect(frames).toEqual(joinData(smallBackup()));
  });

  it.each([
    new BackupError('stream ended before its end', { detail: 'Nothing was received.' }),
    new TroubleError('could not connect', { hint: 'Is it running?' }),
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }),
  ])('makes of %s what would be read from a pipe', async (error) => {
    const { told, thrown } = await across(error);
    const { error: read } = await gather(decode(oneByOne(encodeAbort(error))));
    expect(told).toEqual([error]);
    expect(thrown).toBeInstanceOf(AbortError);
    expect(thrown).toEqual(read);
  });

  it('passes on the abort that came from further up', async () => {
    const { thrown: first } = await across(new BackupError('cut'));
    const { thrown: second } = await across(first);
    expect((second as AbortError).report).toEqual((first as AbortError).report);
  });

  it('tells nothing of an interruption', async () => {
    const interruption = new InterruptedError('SIGINT');
    expect(await across(interruption)).toEqual({ told: [], thrown: interruption });
  });
});
