import { existsSync, type linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { putInPlace } from '../../../lib/io/put-in-place.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

let folder: string;
let temporary: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  temporary = join(folder, 'file.partial');
  path = join(folder, 'file');
  writeFileSync(temporary, 'ours');
});
afterEach(() => removeFolder(folder));

/** A file system that has no hard links. */
const failing = (code: string) =>
  (() => {
    throw Object.assign(new Error(code), { code });
  }) as typeof linkSync;

describe.each([
  { system: 'with hard links', link: undefined },
  { system: 'that allows no hard link', link: failing('EPERM') },
  { system: 'without hard links', link: failing('ENOTSUP') },
])('putInPlace, on a file system $system', ({ link }) => {
  it('gives the file its name', () => {
    putInPlace(temporary, path, link);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(readFileSync(path, 'utf8')).toBe('ours');
  });

  it.each([
    { what: 'a file', put: () => writeFileSync(path, 'theirs') },
    { what: 'a directory', put: () => mkdirSync(path) },
  ])('does not replace $what', ({ put }) => {
    put();
    expect(() => putInPlace(temporary, path, link)).toThrow(
      new TroubleError(`could not create file "${path}": File exists`),
    );
    expect(readdirSync(folder)).toEqual(['file', 'file.partial']);
    if (existsSync(join(path, '.'))) return;
    expect(readFileSync(path, 'utf8')).toBe('theirs');
  });

  it('leaves nothing behind where there is no file', () => {
    expect(() => putInPlace(`${temporary}.none`, path, link)).toThrow(
      `could not rename file "${temporary}.none" to "${path}": No such file or directory`,
    );
    expect(readdirSync(folder)).toEqual(['file.partial']);
  });
});

it('tells of other failures', () => {
  expect(() => putInPlace(temporary, path, failing('EIO'))).toThrow(/^could not rename file .*: EIO$/);
});
