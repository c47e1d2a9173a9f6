import { describe, expect, it } from 'vitest';
import { formatBackupLabel, parseBackupLabel, withoutPrevious } from '../../../lib/postgres/backup-label.ts';

const LABEL = `START WAL LOCATION: A/2000028 (file 00000003000000000000000A)
CHECKPOINT LOCATION: A/2000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 17:00:00 GMT
LABEL: pg_basebackup base backup
START TIMELINE: 3
`;

const INCREMENTAL = `${LABEL}INCREMENTAL FROM LSN: A/1000028\nINCREMENTAL FROM TLI: 2\n`;

const FACTS = {
  major: 18,
  start: 0xa02000028n,
  checkpoint: 0xa02000060n,
  timeline: 3,
  walSegmentBytes: 0x1000000,
  fromStandby: false,
  startTime: '2026-11-22 17:00:00 GMT',
  label: 'pg_basebackup base backup',
};

describe('formatBackupLabel', () => {
  it('writes what the server writes', () => {
    const text = LABEL.replace('00000003000000000000000A', '000000030000000A00000002');
    expect(formatBackupLabel(FACTS)).toBe(text);
    expect(formatBackupLabel({ ...FACTS, major: 13 })).toBe(text.replace('primary', 'master'));
    expect(formatBackupLabel({ ...FACTS, fromStandby: true })).toBe(text.replace('primary', 'standby'));
    expect(formatBackupLabel({ ...FACTS, major: 19, start: 0xa00000028n })).toContain(
      'START WAL LOCATION: A/00000028 (file 000000030000000A00000000)\n',
    );
  });
});

describe('parseBackupLabel', () => {
  it('tells where the backup starts', () => {
    expect(parseBackupLabel(Buffer.from(LABEL))).toEqual({
      start: 0xa02000028n,
      timeline: 3,
      startTime: '2026-11-22 17:00:00 GMT',
      incremental: false,
    });
  });

  it('tells which backup it builds upon', () => {
    expect(parseBackupLabel(Buffer.from(INCREMENTAL))).toMatchObject({
      incremental: true,
      previous: { start: 0xa01000028n, timeline: 2 },
    });
  });

  it.each(['INCREMENTAL FROM LSN: A/1000028\n', 'INCREMENTAL FROM TLI: 2\n', 'A/1000028', '2\n'])(
    'refuses the label of an incremental backup without %j',
    (part) => {
      const at = INCREMENTAL.lastIndexOf(part);
      const damaged = INCREMENTAL.slice(0, at) + INCREMENTAL.slice(at + part.length);
      expect(() => parseBackupLabel(Buffer.from(damaged))).toThrow('invalid data in file "backup_label"');
    },
  );

  it.each(['START WAL LOCATION', 'START TIMELINE'])('refuses a label without %s', (line) => {
    expect(() => parseBackupLabel(Buffer.from(LABEL.replace(line, 'x')))).toThrow(
      'invalid data in file "backup_label"',
    );
  });
});

describe('withoutPrevious', () => {
  it('leaves out what makes a backup incremental, and nothing else', () => {
    expect(withoutPrevious(Buffer.from(INCREMENTAL))).toEqual(Buffer.from(LABEL));
    const odd = Buffer.from(LABEL.replace('pg_basebackup', '\xff'), 'latin1');
    expect(withoutPrevious(odd)).toEqual(odd);
  });
});
