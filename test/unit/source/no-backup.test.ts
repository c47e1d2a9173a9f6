/** Inputs that are no backup, and what is said of them; what closes the input if nobody reads on. */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { NoBackupError } from '../../../lib/source/no-backup.ts';
import { openBackup } from '../../../lib/source/open-backup.ts';
import { openContents } from '../../../lib/source/open-contents.ts';
import { smallBackup, spellAll } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { CUTS, lend, whole } from '../../support/rechunk.ts';
import { Endless } from '../../support/source.ts';
import { smallTar } from '../tar/build.ts';

const STREAM = spellAll(smallBackup());
const OLD_STREAM = STREAM.subarray(STREAM.indexOf('recptr') - 7);
const NEITHER = 'standard input is neither a backup stream nor a tar archive';
const SHELL = 'standard input begins with text, probably from the remote shell before the backup';

const bytes = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

const TEXTS: readonly { name: string; input: Buffer; message: string; detail?: string; hint?: RegExp }[] = [
  { name: 'a banner', input: bytes('hello\n', STREAM), message: `${SHELL}: "hello\\n"` },
  {
    name: 'a banner before no parameters',
    input: bytes('hello\n', OLD_STREAM),
    message: `${SHELL}: "hello\\n"`,
  },
  {
    name: 'a long and hostile banner',
    input: bytes('\x1b[31m', 'ä'.repeat(3000), STREAM),
    message: `${SHELL}: "\\x1b[31m${'ä'.repeat(75)}"...`,
  },
  { name: 'text', input: bytes('no backup\n'), message: NEITHER, detail: 'It begins with "no backup\\n".' },
  {
    name: 'much text',
    input: bytes('x'.repeat(99_999)),
    message: NEITHER,
    detail: `It begins with "${'x'.repeat(80)}"....`,
  },
  { name: 'noise', input: Buffer.alloc(2000, 0xff01, 'latin1'), message: NEITHER },
  {
    name: 'xz',
    input: bytes(Buffer.from('fd377a585a000004', 'hex'), Buffer.alloc(600)),
    message: NEITHER,
    detail: 'It is compressed by xz.',
    hint: /"xz -dc FILE \| \.\.\."/,
  },
  {
    name: 'bzip2',
    input: bytes('BZh91AY', Buffer.alloc(600)),
    message: NEITHER,
    detail: 'It is compressed by bzip2.',
    hint: /bzip2 -dc/,
  },
  {
    name: 'legacy lz4',
    input: bytes(Buffer.from('02214c18', 'hex'), Buffer.alloc(600)),
    message: NEITHER,
    detail: 'It is in the legacy format of lz4.',
    hint: /lz4 -dc/,
  },
  {
    name: 'a compressed stream',
    input: gzipSync(STREAM),
    message: 'standard input is no tar archive',
    detail: 'It is a backup stream that was compressed as a whole, by gzip.',
    hint: /gzip -dc/,
  },
];

describe.each([openBackup, openContents])('%o', (open) => {
  it.each(TEXTS)('says that it is $name', async ({ input, message, detail, hint }) => {
    for (const { cut } of CUTS.filter(({ name }) => input.length < 2000 || !/byte/.test(name))) {
      const { error } = await gather(open(lend(input, cut)));
      expect(error).toBeInstanceOf(NoBackupError);
      expect(error).toMatchObject({ message, ...(detail === undefined ? {} : { detail }) });
      if (hint !== undefined) expect((error as NoBackupError).hint).toMatch(hint);
    }
  });

  it('names what it reads', async () => {
    const { error } = await gather(open(lend(bytes('no backup\n'), whole), 'file "x"'));
    expect(error).toMatchObject({ message: 'file "x" is neither a backup stream nor a tar archive' });
  });

  it.each([
    ['a stream', STREAM],
    ['a tar', smallTar()],
    ['a compressed tar', gzipSync(smallTar())],
  ])('closes %s of which only the beginning is read', async (_name, input) => {
    const endless = new Endless(input);
    const frames = open(endless);
    await frames.next();
    await frames.return();
    expect(endless.closed).toBe(true);
  });
});
