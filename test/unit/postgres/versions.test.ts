import { describe, expect, it } from 'vitest';
import {
  controlFormat,
  isNewerMagic,
  NEWEST_CONTROL,
  NEWEST_MAGIC,
  NEWEST_MAJOR,
  OLDEST_MAJOR,
  versionsOfMagic,
  walFormat,
} from '../../../lib/postgres/versions.ts';

describe('the versions', () => {
  it('are 13 to 19, and what came before the release of 19', () => {
    expect([OLDEST_MAJOR, NEWEST_MAJOR]).toEqual([13, 19]);
    expect([NEWEST_CONTROL, NEWEST_MAGIC]).toEqual([1905, 0xd122]);
  });

  it.each([
    [1300, [13, 14, 15, 16]],
    [1700, [17]],
    [1800, [18]],
    [1902, [19, 20]],
    [1903, [19, 20]],
    [1905, [19]],
    [1201, undefined],
    [1904, undefined],
    [1906, undefined],
  ])('of control files: %i', (version, majors) => {
    expect(controlFormat(version)?.majors).toEqual(majors);
  });

  it.each([
    [0xd106, [13], 0x8],
    [0xd118, [18], 0x8],
    [0xd120, [19, 20], 0x4],
    [0xd122, [19], 0x4],
    [0xd119, [], undefined],
  ])('of WAL: %i', (magic, majors, overwriteFlag) => {
    expect(versionsOfMagic(magic)).toEqual(majors);
    expect(walFormat(magic)?.overwriteFlag).toBe(overwriteFlag);
  });
});

describe('isNewerMagic', () => {
  it.each([
    { name: 'the next number', magic: 0xd123, version: undefined, newer: true },
    { name: 'the next number, in the newest version', magic: 0xd123, version: 19, newer: true },
    { name: 'the next number, in one to come', magic: 0xd140, version: 21, newer: true },
    { name: 'the next number, in an older version', magic: 0xd123, version: 18, newer: false },
    { name: 'the newest known', magic: 0xd122, version: undefined, newer: false },
    { name: 'one in between', magic: 0xd119, version: undefined, newer: false },
    { name: 'one that is far off', magic: 0xffff, version: undefined, newer: false },
  ])('$name: $newer', ({ magic, version, newer }) => {
    expect(isNewerMagic(magic, version)).toBe(newer);
  });
});
