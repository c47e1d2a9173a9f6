import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import type { ManifestFile } from '../../../../lib/manifest/values.ts';
import { emptyReport } from '../../../../lib/page/page-report.ts';
import { ContentsJudge } from '../../../../lib/verify/judge/file-contents.ts';
import type { FileContents } from '../../../../lib/verify/records/found-backup.ts';
import type { Verification } from '../../../../lib/verify/shared/verification.ts';
import { judgement } from '../judgement.ts';

const file: ManifestFile = { path: 'base/5/1', size: 8192, algorithm: 'CRC32C', checksum: '12345678' };
const good: FileContents = { ...file, bytes: 8192, archive: undefined, pages: { ...emptyReport(), good: 1 } };
const bad = { block: 3, expected: 0xab, calculated: 0xcd };

async function judge(found: Partial<FileContents>, wishes: Partial<Verification> = {}) {
  const { verification, complaints, statistics } = judgement(wishes);
  const files = { values: () => [file], get: (path: string) => (path === file.path ? file : undefined) };
  const contents = new ContentsJudge(files, 100n, verification);
  contents.take({ ...good, ...found });
  contents.take({ ...good, path: 'not wanted', checksum: '' });
  contents.end();
  return { complaints, statistics };
}

describe('judgeContents', () => {
  it('counts what is good, and leaves out what is not wanted', async () => {
    const { complaints, statistics } = await judge({});
    expect(complaints).toEqual([]);
    expect(statistics).toMatchObject({
      checksums: { count: 1, bytes: 8192 },
      pages: { good: 1 },
      notChecked: [],
    });
  });

  it.each<{ found: Partial<FileContents>; complaint: string }>([
    { found: { checksum: '87654321' }, complaint: 'checksum mismatch for file "base/5/1"' },
    {
      found: { checksum: '87654321', archive: 'base.tar' },
      complaint: 'checksum mismatch for file "base/5/1" in archive "base.tar"',
    },
    {
      found: { checksum: '8765432187654321' },
      complaint: 'file "base/5/1" has checksum of length 4, but expected 8',
    },
    { found: { bytes: 7 }, complaint: 'file "base/5/1" should contain 8192 bytes, but read 7 bytes' },
    {
      found: { trouble: 'could not open file', bytes: 0, pages: undefined },
      complaint: 'could not open file',
    },
    {
      found: { pages: { ...emptyReport(), bad: 1, firstBad: [bad] } },
      complaint:
        'checksum verification failed in file "base/5/1", block 3: calculated checksum CD but expected AB',
    },
    {
      found: { pages: { ...emptyReport(), bad: 3 } },
      complaint: 'checksum verification failed in file "base/5/1" for 3 more blocks',
    },
    {
      found: { pages: { ...emptyReport(), good: 1, malformed: 'file "base/5/1" is cut short' } },
      complaint: 'file "base/5/1" is cut short',
    },
    {
      found: { pages: { ...emptyReport(), newer: 1, newest: 0x101n } },
      complaint: 'file "base/5/1" has a page with LSN 0/101, but the backup ends at 0/64',
    },
  ])('finds: $complaint', async ({ found, complaint }) => {
    expect((await judge(found)).complaints).toEqual([complaint]);
  });

  it('compares no checksums that are not wanted', async () => {
    expect((await judge({ algorithm: 'NONE', checksum: '' }, { skipChecksums: true })).complaints).toEqual(
      [],
    );
  });

  it('takes checksums of another kind for trouble, and says what to use', async () => {
    const judged = judge({ algorithm: 'SHA256' });
    await expect(judged).rejects.toThrow('the manifest has CRC32C checksums, but SHA256 was computed');
    await expect(judged).rejects.toMatchObject({ hint: 'Use --algorithm=CRC32C.' });
  });

  it('states which pages were not checked, and takes it for trouble if they are insisted on', async () => {
    const stated = { what: 'pages of 1 file', why: 'too early' };
    expect((await judge({ pages: 'too early' })).statistics.notChecked).toEqual([stated]);
    await expect(judge({ pages: 'too early' }, { pages: 'insist' })).rejects.toThrow(TroubleError);
  });
});
