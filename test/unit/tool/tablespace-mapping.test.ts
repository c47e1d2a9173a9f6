import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../lib/errors/trouble.ts';
import { parseTablespaceMapping } from '../../../lib/tool/tablespace-mapping.ts';

describe('parseTablespaceMapping', () => {
  it.each([
    { text: '/a=/b', from: '/a', to: '/b' },
    { text: '/a\\=b=/c', from: '/a=b', to: '/c' },
    { text: '/a=/b\\=c', from: '/a', to: '/b=c' },
    { text: '/a\\b=/c', from: '/a\\b', to: '/c' },
    { text: '//a/./b/=/c//d/../e/', from: '/a/b', to: '/c/e' },
    { text: '/a b=/ü', from: '/a b', to: '/ü' },
  ])('reads $text', ({ text, from, to }) => {
    expect(parseTablespaceMapping(text)).toEqual({ from, to });
  });

  it.each([
    { text: '', complaint: 'invalid tablespace mapping format "", must be "OLDDIR=NEWDIR"' },
    { text: '/a', complaint: 'invalid tablespace mapping format "/a", must be "OLDDIR=NEWDIR"' },
    { text: '/a=', complaint: 'invalid tablespace mapping format "/a=", must be "OLDDIR=NEWDIR"' },
    { text: '=/b', complaint: 'invalid tablespace mapping format "=/b", must be "OLDDIR=NEWDIR"' },
    { text: '/a\\=/b', complaint: 'invalid tablespace mapping format "/a\\=/b", must be "OLDDIR=NEWDIR"' },
    { text: '/a=/b=/c', complaint: 'multiple "=" signs in tablespace mapping' },
    { text: 'a=/b', complaint: 'old directory is not an absolute path in tablespace mapping: a' },
    { text: '/a=b', complaint: 'new directory is not an absolute path in tablespace mapping: b' },
    {
      text: '/a\nb=/c',
      complaint: 'old directory has a control character in it in tablespace mapping: /a\nb',
    },
    {
      text: '/a=/c\td',
      complaint: 'new directory has a control character in it in tablespace mapping: /c\td',
    },
  ])('rejects "$text"', ({ text, complaint }) => {
    expect(() => parseTablespaceMapping(text)).toThrow(new UsageError(complaint));
  });
});
