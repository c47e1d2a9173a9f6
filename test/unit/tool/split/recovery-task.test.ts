import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { readRecovery } from '../../../../lib/tool/split/recovery-task.ts';
import { SPLIT_OPTIONS } from '../../../../lib/tool/split/split-options.ts';
import { readSplitTask } from '../../../../lib/tool/split/split-task.ts';

const ENV = { PGHOST: 'db1' };
const args = (argv: readonly string[]) => parseArguments(SPLIT_OPTIONS, argv);
const read = (argv: readonly string[], env = {}) => readRecovery(args(argv), env);
const RESTORE = '--restore-command=cp /archive/%f %p';
const ARCHIVE = {
  kind: 'archive',
  restoreCommand: 'cp /archive/%f %p',
  target: undefined,
  action: undefined,
  timeline: undefined,
};
const STANDBY = { kind: 'standby', primaryConninfo: 'host=db1', slot: undefined, restoreCommand: undefined };

describe('readRecovery', () => {
  it.each([
    { argv: [], wanted: undefined },
    { argv: ['-R'], wanted: STANDBY },
    { argv: ['-R', '--primary-conninfo=host=db2'], wanted: { ...STANDBY, primaryConninfo: 'host=db2' } },
    { argv: ['-R', '-S', 'standby_1'], wanted: { ...STANDBY, slot: 'standby_1' } },
    { argv: ['-R', RESTORE], wanted: { ...STANDBY, restoreCommand: 'cp /archive/%f %p' } },
    { argv: ['--recovery', RESTORE], wanted: ARCHIVE },
    {
      argv: ['--recovery', RESTORE, '--target-lsn', '0/3000158', '--target-action=promote'],
      wanted: { ...ARCHIVE, target: { kind: 'lsn', text: '0/3000158', lsn: 0x3000158n }, action: 'promote' },
    },
    {
      argv: ['--recovery', RESTORE, '--target-immediate', '--target-timeline=3'],
      wanted: { ...ARCHIVE, target: { kind: 'immediate', text: 'immediate' }, timeline: '3' },
    },
  ])('reads $argv', ({ argv, wanted }) => {
    expect(read(argv, ENV)).toEqual(wanted);
  });

  it.each([
    {
      argv: ['-R', '--recovery'],
      complaint: '--write-recovery-conf and --recovery are incompatible options',
    },
    { argv: ['-R'], complaint: 'no server was given for the standby to follow' },
    { argv: ['--primary-conninfo=host=db2'], complaint: '--primary-conninfo needs --write-recovery-conf' },
    { argv: ['--recovery', RESTORE, '-Sx'], complaint: '--slot needs --write-recovery-conf' },
    { argv: ['-R', '-S', 'Standby'], env: ENV, complaint: 'invalid replication slot name "Standby"' },
    { argv: ['-R', '-S', ''], env: ENV, complaint: 'invalid replication slot name ""' },
    { argv: [RESTORE], complaint: '--restore-command needs --recovery' },
    { argv: ['-R', '--target-xid=750'], env: ENV, complaint: '--target-xid needs --recovery' },
    { argv: ['--target-immediate'], complaint: '--target-immediate needs --recovery' },
    { argv: ['--target-timeline=latest'], complaint: '--target-timeline needs --recovery' },
    { argv: ['--recovery'], complaint: '--recovery needs --restore-command' },
    { argv: ['--recovery', '--restore-command='], complaint: 'restore command is empty' },
    { argv: ['-R', '--restore-command='], env: ENV, complaint: 'restore command is empty' },
    {
      argv: ['--recovery', RESTORE, '--target-xid=750', '--target-time=2026-11-22 17:00:00'],
      complaint: '--target-time and --target-xid are incompatible options',
    },
    {
      argv: ['--recovery', RESTORE, '--target-lsn=x'],
      complaint: 'invalid target LSN "x", must be as in "0/3000158"',
    },
    { argv: ['--recovery', RESTORE, '--target-action=promote'], complaint: '--target-action needs a target' },
    {
      argv: ['--recovery', RESTORE, '--target-immediate', '--target-action=wait'],
      complaint: 'invalid target action "wait", must be "pause", "promote" or "shutdown"',
    },
    {
      argv: ['--recovery', RESTORE, '--target-timeline=0'],
      complaint: 'invalid target timeline "0", must be "latest", "current" or a number',
    },
    ...['one\ntwo', 'one\rtwo', '\n'].map((text) => ({
      argv: ['--recovery', `--restore-command=${text}`],
      complaint: 'value of setting "restore_command" must not contain a newline',
    })),
    {
      argv: ['-R', "--primary-conninfo=host=db1 password='a\nb'"],
      complaint: 'value of setting "primary_conninfo" must not contain a newline',
    },
  ])('refuses $argv: $complaint', ({ argv, env, complaint }) => {
    expect(() => read(argv, env)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: complaint }),
    );
  });
});

describe('readSplitTask', () => {
  it.each(['-R', '--recovery', '--target-immediate', '--database=app'])(
    'has no %s in tar format',
    (option) => {
      const name = option === '-R' ? 'write-recovery-conf' : option.replace(/^--|=.*/g, '');
      expect(() => readSplitTask(args(['-D/backup', option]))).toThrow(
        new UsageError(`--${name} can only be specified in plain mode`),
      );
    },
  );

  it.each([
    { option: '-R', name: 'write-recovery-conf' },
    { option: '--recovery', name: 'recovery' },
    { option: '--database=app', name: 'database' },
  ])('has no $option for a part of a backup', ({ option, name }) => {
    expect(() => readSplitTask(args(['-Fp', '-D/backup', '--only=global/*', option]))).toThrow(
      new UsageError(`--only and --${name} are incompatible options`),
    );
  });

  it('reads which databases are wanted', () => {
    expect(readSplitTask(args(['-Fp', '-D/b', '--database=app', '--database', '16390']))).toMatchObject({
      databases: { oids: [16390], names: ['app'] },
    });
  });
});
