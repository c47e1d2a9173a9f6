import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { WholeArchive } from '../../../lib/sink/whole-archive.ts';
import { file, tar } from '../tar/build.ts';

const ARCHIVE = tar(file('PG_VERSION', '18\n'));

function read(name: string, bytes: Buffer): void {
  const whole = new WholeArchive(name);
  whole.push([bytes]);
  whole.end();
}

describe('WholeArchive', () => {
  it.each(['base.tar', '16384.tar', 'pg_wal.tar'])('reads %s to its last block', (name) => {
    expect(() => read(name, ARCHIVE)).not.toThrow();
    const cut = () => read(name, ARCHIVE.subarray(0, -512));
    expect(cut).toThrow(BackupError);
    expect(cut).toThrow(`archive "${name}" is cut short`);
  });

  it.each(['base.tar.gz', '16384.tar.lz4', 'pg_wal.tar.zst'])('does not look into %s', (name) => {
    expect(() => read(name, Buffer.from('not looked into'))).not.toThrow();
  });
});
