import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { recogniseCompressed, recogniseFile, recogniseForm } from '../../../lib/source/recognise-form.ts';
import { encodeAll, smallBackup } from '../../support/frames.ts';
import { file } from '../tar/build.ts';

const STREAM = encodeAll(smallBackup());
const TAR = file('backup_label', 'x');
const GZIP = gzipSync(TAR);
const LZ4 = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x00]);
const TEXT = Buffer.from('Last login: today\n');
const NONE = Buffer.alloc(600, 0x01);

/** An input, its form as a backup and as any file, and the bytes by which the one and the other are told. */
const INPUTS = [
  { name: 'a stream', input: STREAM, form: 'stream', after: 5, file: 'stream', fileAfter: 7 },
  { name: 'a tar', input: TAR, form: 'tar', after: 512, file: 'other', fileAfter: undefined },
  { name: 'gzip', input: GZIP, form: 'gzip', after: 2, file: 'gzip', fileAfter: 4 },
  { name: 'lz4', input: LZ4, form: 'lz4', after: 4, file: 'lz4', fileAfter: 4 },
  { name: 'zstd', input: ZSTD, form: 'zstd', after: 4, file: 'zstd', fileAfter: 4 },
  { name: 'something else', input: NONE, form: 'none', after: 512, file: 'other', fileAfter: 32 },
] as const;

function toldAfter<Form>(input: Buffer, recognise: (head: Buffer) => Form | undefined): number {
  return Array.from({ length: input.length + 1 }).findIndex(
    (_, length) => recognise(input.subarray(0, length)) !== undefined,
  );
}

describe('recogniseForm', () => {
  it.each(INPUTS)('tells $name by its first $after bytes', ({ input, form, after }) => {
    expect(toldAfter(input, (head) => recogniseForm(head, false))).toBe(after);
    expect(recogniseForm(input.subarray(0, after), false)).toBe(form);
    expect(recogniseForm(input, false)).toBe(form);
    expect(recogniseForm(input, true)).toBe(form);
  });

  it('waits for a stream after text, and gives up at the end', () => {
    const text = Buffer.concat(Array.from({ length: 100 }, () => TEXT));
    expect(recogniseForm(text, false)).toBeUndefined();
    expect(recogniseForm(text, true)).toBe('none');
    expect(recogniseForm(Buffer.alloc(16 * 1024, TEXT), false)).toBe('none');
  });

  it('takes next to nothing for nothing', () => {
    expect(recogniseForm(STREAM.subarray(0, 4), true)).toBeUndefined();
    expect(recogniseForm(Buffer.alloc(0), true)).toBeUndefined();
  });
});

describe('recogniseFile', () => {
  it.each(INPUTS)('takes $name for one of the form $file', ({ input, file, fileAfter }) => {
    expect(recogniseFile(input, true, true)).toBe(file);
    if (fileAfter === undefined) return;
    expect(toldAfter(input, (head) => recogniseFile(head, false, true))).toBeLessThanOrEqual(fileAfter);
    expect(recogniseFile(input, false, true)).toBe(file);
  });

  it('knows a stream after text, for which it waits where any file is taken', () => {
    expect(recogniseFile(Buffer.concat([TEXT, STREAM]), false, true)).toBe('text');
    expect(recogniseFile(TEXT, false, true)).toBeUndefined();
    expect(recogniseFile(TEXT, true, true)).toBe('other');
    expect(recogniseFile(TEXT, false, false)).toBe('other');
  });
});

describe('recogniseCompressed', () => {
  it.each(INPUTS)('looks at nothing but magic numbers: $name', ({ input, form }) => {
    const compressed = ['gzip', 'lz4', 'zstd'].includes(form);
    expect(recogniseCompressed(input)).toBe(compressed ? form : 'other');
    expect(recogniseCompressed(input.subarray(0, 1))).toBeUndefined();
  });
});
