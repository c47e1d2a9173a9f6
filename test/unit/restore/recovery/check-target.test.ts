import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { checkTarget, checkTargetByLabel } from '../../../../lib/restore/recovery/check-target.ts';
import { parseTarget } from '../../../../lib/tool/split/parse-target.ts';
import { smallBackup } from '../../../support/frames.ts';
import { gather, joinData } from '../../../support/gather.ts';

/** Its backup starts at 0/2000028 and ends at 0/2000100. */
const passing = (lsn: string) =>
  gather(
    checkTarget(parseTarget('lsn', lsn))(
      (async function* () {
        yield* smallBackup();
      })(),
    ),
  );

describe('checkTarget', () => {
  it.each(['0/2000100', '0/2000101', '1/0'])('lets a backup pass for target %s', async (lsn) => {
    const { frames, error } = await passing(lsn);
    expect(error).toBeUndefined();
    expect(frames).toEqual(joinData(smallBackup()));
  });

  it.each([
    { lsn: '0/2000027', point: 'start', limit: '0/2000028' },
    { lsn: '0/1', point: 'start', limit: '0/2000028' },
    { lsn: '0/20000FF', point: 'end', limit: '0/2000100' },
    { lsn: '0/2000028', point: 'end', limit: '0/2000100' },
  ])('refuses target $lsn for the $point', async ({ lsn, point, limit }) => {
    const { frames, error } = await passing(lsn);
    expect(error).toEqual(
      new TroubleError(`recovery target is before the ${point} of the backup`, {
        detail: `The target is ${lsn}, the backup ${point}s at ${limit}.`,
        hint: 'Restore a backup that was taken before the target.',
      }),
    );
    expect(frames.at(-1)?.type).toBe('columns');
  });
});

describe('checkTargetByLabel', () => {
  const label = (zone: string) =>
    Buffer.from(
      `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nSTART TIME: 2026-11-22 17:00:00 ${zone}\nSTART TIMELINE: 1\n`,
    );
  const check = (kind: 'time' | 'lsn' | 'xid', text: string, zone = 'UTC') =>
    checkTargetByLabel(parseTarget(kind, text), label(zone));

  it.each([
    { kind: 'lsn', text: '0/2000028' },
    { kind: 'xid', text: '750' },
    { kind: 'time', text: '2026-11-22 17:00:00+00' },
    { kind: 'time', text: '2026-11-22 18:00:00+01' },
    { kind: 'time', text: '2026-11-22 10:00:00' },
    { kind: 'time', text: '2026-11-22 16:00:00+00', zone: 'CET' },
    { kind: 'time', text: '2020-01-01 00:00:00+00', zone: '~' },
  ] as const)('takes $kind $text', ({ kind, text, ...rest }) => {
    expect(() => check(kind, text, 'zone' in rest ? rest.zone : undefined)).not.toThrow();
  });

  it.each([
    { kind: 'lsn', text: '0/2000027', detail: 'The target is 0/2000027, the backup starts at 0/2000028.' },
    {
      kind: 'time',
      text: '2026-11-22 17:59:59+01',
      detail: 'The target is 2026-11-22 17:59:59+01, the backup starts at 2026-11-22 17:00:00 UTC.',
    },
    {
      kind: 'time',
      text: '2026-11-21 00:00:00',
      detail: 'The target is 2026-11-21 00:00:00, the backup starts at 2026-11-22 17:00:00 UTC.',
    },
  ] as const)('refuses $kind $text', ({ kind, text, detail }) => {
    expect(() => check(kind, text)).toThrow(expect.objectContaining({ detail }));
  });

  it('refuses what is no label', () => {
    expect(() => checkTargetByLabel(parseTarget('xid', '750'), Buffer.from('x'))).toThrow(
      'invalid data in file "backup_label"',
    );
  });
});
