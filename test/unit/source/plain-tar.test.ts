import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { readTar } from '../../../lib/source/plain-tar.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { archive, completed, data } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { CUTS, lend, randomFrom, randomly, whole } from '../../support/rechunk.ts';
import { directory, END, file, smallTar, tar } from '../tar/build.ts';

const SMALL = smallTar();
const MEMBERS = SMALL.subarray(0, SMALL.length - END.length);
const MANIFEST = '{ "PostgreSQL-Backup-Manifest-Version": 1 }\n'.repeat(100);

describe('readTar', () => {
  it.each(CUTS)('gives the archive as it is when it comes $name', async ({ cut }) => {
    const { frames, error } = await gather(readTar(lend(SMALL, cut)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(completed([...archive('base.tar', '', SMALL), { type: 'end' }]));
  });

  it.each(CUTS)('takes the manifest out of an archive that comes $name', async ({ cut }) => {
    for (const name of ['backup_manifest', './backup_manifest']) {
      const { frames, error } = await gather(readTar(lend(tar(MEMBERS, file(name, MANIFEST)), cut)));
      expect(error).toBeUndefined();
      const base = archive('base.tar', '', SMALL);
      expect(frames).toEqual(completed([...base, { type: 'manifest' }, data(MANIFEST), { type: 'end' }]));
    }
  });

  it('leaves other members of that name alone', async () => {
    for (const member of [file('base/backup_manifest', '{}'), directory('backup_manifest')]) {
      const { frames } = await gather(readTar(lend(tar(member, MEMBERS), whole)));
      expect(frames).toEqual(completed([...archive('base.tar', '', tar(member, MEMBERS)), { type: 'end' }]));
    }
  });

  it('gives all of a chunk in one piece', async () => {
    const counts: number[] = [];
    for await (const frame of readTar(lend(SMALL, whole))) {
      if (frame.type === 'data') counts.push(frame.parts.length);
    }
    expect(counts).toEqual([1]);
  });

  it('keeps what GNU tar fills up its records with', async () => {
    const filled = Buffer.concat([SMALL, Buffer.alloc(10_240)]);
    const { frames } = await gather(readTar(lend(filled, randomly(3, 5000))));
    expect(frames).toEqual(completed([...archive('base.tar', '', filled), { type: 'end' }]));
  });

  it.each(CUTS)('refuses a manifest that is not the last member, $name', async ({ cut }) => {
    const bad = tar(file('backup_manifest', MANIFEST), file('PG_VERSION', '15\n'));
    const { error, frames } = await gather(readTar(lend(bad, cut)));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toMatchObject({
      message:
        'malformed archive "base.tar": member "PG_VERSION" after the backup manifest, which must be the last',
      detail: `The trouble begins at byte ${bad.length - 2048} of the archive.`,
    });
    expect(endOf(frames)).toBeUndefined();
  });

  it('never gives an end to an archive that is cut', async () => {
    const archives = [SMALL, tar(MEMBERS, file('backup_manifest', MANIFEST))];
    for (const bytes of archives) {
      for (let length = 0; length < bytes.length; length += 128) {
        const { error, frames } = await gather(
          readTar(lend(bytes.subarray(0, length), randomly(length, 4000))),
        );
        expect(error).toBeInstanceOf(BackupError);
        expect(endOf(frames)).toBeUndefined();
      }
    }
  });

  it('throws nothing but BackupError, however an archive is damaged', async () => {
    const good = tar(MEMBERS, file('backup_manifest', MANIFEST));
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const damaged = Buffer.from(good);
      for (let count = random(3); count >= 0; count--) damaged[random(good.length)] = random(256);
      const { error } = await gather(readTar(lend(damaged, randomly(seed, 4000))));
      if (error !== undefined) expect(error).toBeInstanceOf(BackupError);
    }
  });
});

function endOf(frames: readonly Frame[]): Frame | undefined {
  return frames.find(({ type }) => type === 'end');
}
