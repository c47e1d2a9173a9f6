import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { systemErrorText } from '../../../lib/errors/system-error.ts';

const { errno } = constants;

describe('systemErrorText', () => {
  it.each([
    ['ENOSPC', 'No space left on device'],
    ['ENOENT', 'No such file or directory'],
    ['EACCES', 'Permission denied'],
    ['EEXIST', 'File exists'],
    ['EISDIR', 'Is a directory'],
    ['EIO', 'Input/output error'],
    ['EDQUOT', 'Disk quota exceeded'],
    ['ECONNREFUSED', 'Connection refused'],
  ] as const)('says %s as strerror does', (code, text) => {
    expect(systemErrorText(Object.assign(new Error(code), { code, errno: -errno[code] }))).toBe(text);
  });

  it('says what a real error says', () => {
    try {
      readFileSync('/nowhere');
      expect.unreachable();
    } catch (error) {
      expect(systemErrorText(error)).toBe('No such file or directory');
    }
  });

  it.each([
    [new Error('self-signed certificate'), 'self-signed certificate'],
    [Object.assign(new Error('unheard of'), { errno: -4000 }), 'Unheard of'],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('takes the words of other errors: %s', (error, text) => {
    expect(systemErrorText(error)).toBe(text);
  });
});
