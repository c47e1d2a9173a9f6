import { describe, expect, it } from 'vitest';
import { parseBackupLabel } from '../../../lib/postgres/backup-label.ts';

const LABEL = `START WAL LOCATION: A/2000028 (file 00000003000000000000000A)
CHECKPOINT LOCATION: A/2000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 17:00:00 GMT
LABEL: pg_basebackup base backup
START TIMELINE: 3
`;

describe('parseBackupLabel', () => {
  it('tells where the backup starts', () => {
    expect(parseBackupLabel(Buffer.from(LABEL))).toEqual({
      start: 0xa02000028n,
      timeline: 3,
      startTime: '2026-11-22 17:00:00 GMT',
      incremental: false,
    });
    const incremental = `${LABEL}INCREMENTAL FROM LSN: A/1000028\nINCREMENTAL FROM TLI: 3\n`;
    expect(parseBackupLabel(Buffer.from(incremental))).toMatchObject({ incremental: true });
  });

  it.each(['START WAL LOCATION', 'START TIMELINE'])('refuses a label without %s', (line) => {
    expect(() => parseBackupLabel(Buffer.from(LABEL.replace(line, 'x')))).toThrow(
      'invalid data in file "backup_label"',
    );
  });
});
