import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import type { BackupBegun, BackupSession } from '../../../../lib/source/pgdata/backup-session.ts';
import { beginBackup, insistOnSame } from '../../../../lib/source/pgdata/begin-backup.ts';
import { openDirectory } from '../../../../lib/source/pgdata/cluster.ts';
import { Messages } from '../../../../lib/terminal/messages.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { controlFile, LAYOUTS } from '../../postgres/control-file.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const BEFORE = new Date('2026-11-22T17:00:00Z');
const CHECKPOINT = new Date('2026-11-22T17:00:30Z');
mkdirSync(join(folder, 'global'));
mkdirSync(join(folder, 'pg_tblspc'));
writeFileSync(join(folder, 'PG_VERSION'), '15\n');

const control = controlFile(LAYOUTS[13]);
const redo = control.readBigUInt64LE(40);
const GOOD: BackupBegun = {
  start: redo,
  inRecovery: false,
  before: BEFORE.getTime() / 1000,
  after: CHECKPOINT.getTime() / 1000 + 0.5,
  afterText: '2026-11-22 17:00:30 UTC',
};

/** Begins a backup at a server that answers so, one answer after the other. */
async function begin(answers: readonly BackupBegun[], mapChanged = BEFORE) {
  writeFileSync(join(folder, 'global/pg_control'), control);
  utimesSync(join(folder, 'global/pg_control'), CHECKPOINT, CHECKPOINT);
  utimesSync(join(folder, 'pg_tblspc'), mapChanged, mapChanged);
  const sessions: { closed: boolean }[] = [];
  const open = async () => {
    const answer = answers[sessions.length];
    const session = { closed: false };
    sessions.push(session);
    const start = async () => answer ?? GOOD;
    const close = async () => {
      session.closed = true;
    };
    return { start, close } as unknown as BackupSession;
  };
  const style = { label: 'x', fast: true };
  const running = beginBackup(openDirectory(folder), open, style, new Messages('bb-stream'));
  return { running: await running.catch((error: Error) => error), sessions };
}

describe('beginBackup', () => {
  it('makes backup_label as the server does', async () => {
    const { running, sessions } = await begin([GOOD]);
    expect(running).toMatchObject({ start: { lsn: redo }, tablespaces: [] });
    expect((running as { label: Buffer }).label.toString()).toMatch(
      /^START WAL LOCATION: .*\n.*\n.*\nBACKUP FROM: primary\nSTART TIME: 2026-11-22 17:00:30 UTC\nLABEL: x\n/,
    );
    expect(sessions).toEqual([{ closed: false }]);
  });

  it.each([
    { name: 'another checkpoint has come', answer: { ...GOOD, start: redo - 1n } },
    { name: 'a second may have ended meanwhile', answer: { ...GOOD, after: Math.ceil(GOOD.after) + 0.001 } },
  ])('begins anew if $name', async ({ answer }) => {
    const { running, sessions } = await begin([answer, answer, GOOD]);
    expect(running).not.toBeInstanceOf(Error);
    expect(sessions).toEqual([{ closed: true }, { closed: true }, { closed: false }]);
  });

  it('gives up if tablespaces change all the time', async () => {
    const { running, sessions } = await begin([], new Date(CHECKPOINT.getTime() + 1));
    expect(running).toMatchObject({ message: 'could not find out what belongs into "backup_label"' });
    expect(sessions.every(({ closed }) => closed)).toBe(true);
  });

  it('compares changes of tablespaces at a standby with when it was asked', async () => {
    const standby = { ...GOOD, inRecovery: true };
    expect((await begin([standby], new Date(BEFORE.getTime() - 1000))).running).not.toBeInstanceOf(Error);
    expect((await begin(Array(5).fill(standby), BEFORE)).running).toBeInstanceOf(Error);
  });
});

describe('insistOnSame', () => {
  it('refuses what the server has not written', async () => {
    const { running } = await begin([GOOD]);
    if (running instanceof Error) throw running;
    const ended = { stop: redo, label: running.label.toString(), tablespaceMap: '' };
    insistOnSame(running, ended);
    const other = { ...ended, label: ended.label.replace('primary', 'standby') };
    expect(() => insistOnSame(running, other)).toThrow(BackupError);
    expect(() => insistOnSame(running, other)).toThrow(
      expect.objectContaining({
        message: 'file "backup_label" in the backup is not what the server has written',
        detail: 'Line 4 is "BACKUP FROM: primary" in place of "BACKUP FROM: standby".',
      }),
    );
  });
});
