import { describe, expect, it } from 'vitest';
import { isTarHeader } from '../../../lib/tar/header-fields.ts';
import { header, patched } from './build.ts';

describe('isTarHeader', () => {
  const block = header({ path: 'backup_label', size: 200 });

  it.each([
    ['a header', block, true],
    ['a header with more behind', Buffer.concat([block, block]), true],
    ['a header of GNU tar', patched(block, 257, 'ustar  \0'), true],
    ['a header that is cut', block.subarray(0, 511), false],
    ['a header of another kind', patched(block, 257, 'rats'), false],
    ['a header with a changed byte', Buffer.from(block).fill('x', 20, 21), false],
    ['zeros', Buffer.alloc(512), false],
  ])('judges %s', (_name, bytes, expected) => {
    expect(isTarHeader(bytes)).toBe(expected);
  });
});
