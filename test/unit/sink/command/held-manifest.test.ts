import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { HeldManifest } from '../../../../lib/sink/command/held-manifest.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  removeFolder(folder);
});

/** All that was written, as it is given out. */
function contents(manifest: HeldManifest): Buffer {
  const pieces: Buffer[] = [];
  for (const piece of manifest.pieces()) pieces.push(Buffer.from(piece)); // it is lent
  return Buffer.concat(pieces);
}

describe('HeldManifest', () => {
  it('gives out what was written, as often as it is asked, and leaves no name', async () => {
    const manifest = await HeldManifest.open();
    expect(contents(manifest)).toHaveLength(0);
    const parts = Array.from({ length: 9 }, (_, index) => Buffer.alloc(100_000, String(index)));
    manifest.push(parts.slice(0, 4));
    manifest.push(parts.slice(4));
    for (let times = 0; times < 2; times++)
      expect(contents(manifest).equals(Buffer.concat(parts))).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    await manifest.close();
  });

  it('says where it could not be held', async () => {
    const missing = join(folder, 'nosuch');
    vi.stubEnv('TMPDIR', missing);
    await expect(HeldManifest.open()).rejects.toThrow(
      new TroubleError(`could not create temporary file in "${missing}": No such file or directory`),
    );
  });
});
