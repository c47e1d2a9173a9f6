import { describe, expect, it } from 'vitest';
import { BaseFiles } from '../../../lib/source/base-files.ts';
import { TarReader } from '../../../lib/tar/reader.ts';
import { controlFile, LAYOUTS } from '../postgres/control-file.ts';
import { file, tar } from '../tar/build.ts';

const SHUT_DOWN = 1;
const IN_PRODUCTION = 6;

function insist(archive: Buffer, cut = archive.length): void {
  const reader = new TarReader('base.tar');
  const files = new BaseFiles();
  for (let at = 0; at < archive.length; at += cut)
    for (const piece of reader.push(archive.subarray(at, at + cut))) files.see(piece);
  files.insistOn('base.tar');
}

describe('BaseFiles', () => {
  it('takes an archive with label and version', () => {
    insist(tar(file('backup_label', 'START'), file('./PG_VERSION', '18\n')));
  });

  it.each([1, 512, 5000])(
    'takes the archive of a stopped server without label, in pieces of %s bytes',
    (cut) => {
      const control = controlFile(LAYOUTS[18], { state: SHUT_DOWN });
      insist(tar(file('PG_VERSION', '18\n'), file('global/pg_control', control)), cut);
    },
  );

  it.each([
    { name: 'a running server', control: controlFile(LAYOUTS[18], { state: IN_PRODUCTION }) },
    { name: 'no server', control: Buffer.alloc(100) },
  ])('misses the label of $name', ({ control }) => {
    const archive = tar(file('PG_VERSION', '18\n'), file('global/pg_control', control));
    expect(() => insist(archive)).toThrow('archive "base.tar" lacks file "backup_label"');
  });
});
