import { closeSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checksumOf } from '../../../../lib/manifest/checksum.ts';
import { insistOnName, PartedFile } from '../../../../lib/source/pgdata/parted-file.ts';
import { SLAB_BYTES } from '../../../../lib/source/reading/fill-job.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const folder = temporaryFolder();
const path = join(folder, '000000010000000000000001');
const contents = Buffer.concat([Buffer.alloc(SLAB_BYTES, 1), Buffer.alloc(100, 2)]);
writeFileSync(path, contents);
afterAll(() => removeFolder(folder));

describe('PartedFile', () => {
  it.each(['CRC32C', 'SHA256'] as const)('has the %s of the whole from its parts', (algorithm) => {
    const file = new PartedFile(openSync(path, 'r'), path, algorithm, undefined);
    for (const part of file.parts(contents.length, 7, 8192)) {
      expect(part.firstBlock).toBe(7 + part.offset / 8192);
      const slab = contents.subarray(part.offset, part.offset + part.bytes);
      const checksum = algorithm === 'CRC32C' ? checksumOf(algorithm, slab) : '';
      file.add(part, { checksum, pages: undefined }, slab);
    }
    expect(file.close().checksum).toBe(checksumOf(algorithm, contents));
  });
});

describe('insistOnName', () => {
  it('finds that WAL was recycled while it was read', () => {
    const fd = openSync(path, 'r');
    insistOnName(fd, path);
    renameSync(path, join(folder, '000000010000000000000009'));
    const complaint = 'requested WAL segment "000000010000000000000001" has already been removed';
    expect(() => insistOnName(fd, path)).toThrow(complaint);
    writeFileSync(path, 'another');
    expect(() => insistOnName(fd, path)).toThrow(complaint);
    closeSync(fd);
  });
});
