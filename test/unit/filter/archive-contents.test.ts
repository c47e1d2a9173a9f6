/** What is in archives, beside the archives as they come. */

import { describe, expect, it } from 'vitest';
import { openCompressor } from '../../../lib/compress/compressor.ts';
import { convertBytes } from '../../../lib/compress/convert-bytes.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../../../lib/compress/method.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { ArchiveContents } from '../../../lib/filter/archive-contents.ts';
import { every, lend, whole } from '../../support/rechunk.ts';

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
const CONTENTS = Buffer.from('what is in the archive\n'.repeat(10_000));

async function compress(method: Compression): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of convertBytes(lend(CONTENTS, whole), () => openCompressor({ method })))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** What comes out of an archive with this name and these bytes. */
async function look(name: string, bytes: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const archive = await ArchiveContents.open(name, async (parts) => {
    const kept = parts.map((part) => Buffer.from(part));
    await Promise.resolve();
    pieces.push(...kept);
  });
  try {
    for await (const chunk of lend(bytes, every(1000))) await archive.push([chunk]);
    await archive.end();
  } finally {
    archive.close();
  }
  return Buffer.concat(pieces);
}

describe('ArchiveContents', () => {
  it('gives an archive that is not compressed as it is', async () => {
    expect((await look('base.tar', CONTENTS)).equals(CONTENTS)).toBe(true);
  });

  it.each(METHODS)('decompresses what is named as compressed by %s', async (method) => {
    const name = `base.tar${COMPRESSION_SUFFIX[method]}`;
    expect((await look(name, await compress(method))).equals(CONTENTS)).toBe(true);
  });

  it.each(METHODS)('complains of an archive that is cut short, with %s', async (method) => {
    const bytes = await compress(method);
    const name = `base.tar${COMPRESSION_SUFFIX[method]}`;
    const failure = look(name, bytes.subarray(0, bytes.length - 1));
    await expect(failure).rejects.toThrow(BackupError);
    await expect(failure).rejects.toThrow(`archive "${name}"`);
  });

  it('passes on what the function throws', async () => {
    const archive = await ArchiveContents.open('base.tar', () => {
      throw new Error('no room');
    });
    expect(() => archive.push([CONTENTS])).toThrow('no room');
  });
});
