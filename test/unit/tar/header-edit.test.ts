import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { resizedHeader, retargetedHeader } from '../../../lib/tar/header-edit.ts';
import { header, symlink } from './build.ts';

describe('resizedHeader', () => {
  it.each([0, 1, 8 ** 11 - 1])('has the size %d as the server writes it', (size) => {
    expect(resizedHeader(header({ path: 'x', size: 7 }), size)).toEqual(header({ path: 'x', size }));
  });

  it('has one that is too large for octal digits, for other readers too', () => {
    const size = 8 ** 11;
    const block = resizedHeader(header({ path: 'x' }), size);
    expect(new Header(block)).toMatchObject({ size, cksumValid: true, path: 'x' });
  });

  it('changes no other field of a header that was made by others', () => {
    const block = Buffer.alloc(512);
    new Header({ path: 'tablespace_map', size: 5, mode: 0o644, uname: 'me', mtime: new Date(1e12) }).encode(
      block,
    );
    const edited = new Header(resizedHeader(block, 600));
    expect(edited).toEqual(Object.assign(new Header(block), { size: 600, cksum: edited.cksum }));
    expect(edited.cksumValid).toBe(true);
  });

  it('leaves the block that it was given alone', () => {
    const block = header({ path: 'x', size: 7 });
    resizedHeader(block, 8);
    expect(block).toEqual(header({ path: 'x', size: 7 }));
  });
});

describe('retargetedHeader', () => {
  it('leaves nothing of the old target behind a shorter one', () => {
    expect(retargetedHeader(symlink('pg_tblspc/1', '/a/very/long/target'), '/b')).toEqual(
      symlink('pg_tblspc/1', '/b'),
    );
  });
});
