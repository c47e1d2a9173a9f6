import { describe, expect, it } from 'vitest';
import { type Recovery, recoverySettings } from '../../../../lib/restore/recovery/recovery.ts';
import { formatSettings } from '../../../../lib/restore/recovery/recovery-settings.ts';

const STANDBY: Recovery = {
  kind: 'standby',
  primaryConninfo: "host=db1 password='it\\'s'",
  slot: undefined,
  restoreCommand: undefined,
};
const ARCHIVE: Recovery = {
  kind: 'archive',
  restoreCommand: 'cp /archive/%f "%p"',
  target: undefined,
  action: undefined,
  timeline: undefined,
};
const lines = (recovery: Recovery) => formatSettings(recoverySettings(recovery)).trimEnd().split('\n');

describe('recoverySettings', () => {
  it('tell a standby of its primary, quoted as pg_basebackup -R quotes', () => {
    expect(lines(STANDBY)).toEqual(["primary_conninfo = 'host=db1 password=''it\\\\''s'''"]);
  });

  it('tell a standby of its slot and of an archive', () => {
    expect(lines({ ...STANDBY, slot: 'standby_1', restoreCommand: 'false' }).slice(1)).toEqual([
      "primary_slot_name = 'standby_1'",
      "restore_command = 'false'",
    ]);
  });

  it('take back all targets that the server may have had', () => {
    expect(lines(ARCHIVE)).toEqual([
      'restore_command = \'cp /archive/%f "%p"\'',
      "recovery_target = ''",
      "recovery_target_lsn = ''",
      "recovery_target_name = ''",
      "recovery_target_time = ''",
      "recovery_target_xid = ''",
    ]);
  });

  it.each([
    { target: { kind: 'immediate', text: 'immediate' }, line: "recovery_target = 'immediate'" },
    {
      target: { kind: 'lsn', text: '0/3000158', lsn: 0x3000158n },
      line: "recovery_target_lsn = '0/3000158'",
    },
    { target: { kind: 'name', text: "it's" }, line: "recovery_target_name = 'it''s'" },
    { target: { kind: 'xid', text: '750' }, line: "recovery_target_xid = '750'" },
    {
      target: { kind: 'time', text: '2026-11-22 17:00:00+01', moment: { earliest: 0, latest: 0 } },
      line: "recovery_target_time = '2026-11-22 17:00:00+01'",
    },
  ] as const)('set the target behind those that they take back: $line', ({ target, line }) => {
    const written = lines({ ...ARCHIVE, target, action: 'promote', timeline: '2' }).slice(1);
    expect(written.slice(0, 4).every((other) => other.endsWith(" = ''"))).toBe(true);
    expect(written.slice(4)).toEqual([
      line,
      "recovery_target_action = 'promote'",
      "recovery_target_timeline = '2'",
    ]);
  });
});
