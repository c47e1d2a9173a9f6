import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { WholeTar } from '../../../lib/tar/whole-tar.ts';
import { directory, file, tar } from './build.ts';

const ARCHIVE = tar(directory('base'), file('base/1', 'contents'), file('PG_VERSION', '18\n'));

function read(bytes: Buffer, cut: number): string[] {
  const paths: string[] = [];
  const whole = new WholeTar('base.tar', (chunk) => {
    if (chunk.type === 'header') paths.push(chunk.member.path);
  });
  for (let at = 0; at < bytes.length; at += 2 * cut)
    whole.push([bytes.subarray(at, at + cut), bytes.subarray(at + cut, at + 2 * cut)]);
  whole.end();
  return paths;
}

describe('WholeTar', () => {
  it.each([1, 511, 512, 4096])('tells of each member, in pieces of %s bytes', (cut) => {
    expect(read(ARCHIVE, cut)).toEqual(['base/', 'base/1', 'PG_VERSION']);
  });

  it.each([0, 1, 512, 1000, 1024, ARCHIVE.length - 1024, ARCHIVE.length - 512, ARCHIVE.length - 1])(
    'refuses one that ends after %s bytes',
    (length) => {
      const cut = () => read(ARCHIVE.subarray(0, length), 512);
      expect(cut).toThrow(BackupError);
      expect(cut).toThrow('archive "base.tar" is cut short');
    },
  );

  it('refuses what is no tar, as soon as it comes', () => {
    expect(() => new WholeTar('base.tar').push([Buffer.alloc(512, 'x')])).toThrow(BackupError);
  });
});
