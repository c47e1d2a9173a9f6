import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { StagedFile, StagedName } from '../../../lib/store/staged-file.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

let directory: string;

beforeEach(() => {
  directory = temporaryFolder();
  onTestFinished(() => removeFolder(directory));
});

const begin = (suffix?: string) => {
  const staged = new StagedFile(join(directory, 'base.tar'), suffix);
  staged.push([Buffer.from('con'), Buffer.from('tents')]);
  return staged;
};

describe('StagedFile', () => {
  it.each([
    { suffix: undefined, name: 'base.tar.partial' },
    { suffix: '.1234', name: 'base.tar.1234' },
  ])('has a temporary name until it is put in place: $name', ({ suffix, name }) => {
    const staged = begin(suffix);
    staged.end();
    expect(readdirSync(directory)).toEqual([name]);
    expect(staged.path).toBe(join(directory, name));
    staged.putInPlace();
    expect(readdirSync(directory)).toEqual(['base.tar']);
    expect(staged.path).toBe(join(directory, 'base.tar'));
    expect(readFileSync(staged.path, 'utf8')).toBe('contents');
    expect(staged.bytes).toBe('contents'.length);
    expect(statSync(staged.path).mode & 0o777).toBe(0o600);
  });

  it.each([true, false])('is removed under the name that it has (in place: %s)', (inPlace) => {
    const staged = begin();
    staged.end();
    if (inPlace) staged.putInPlace();
    staged.remove();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is given up in the middle, and stays as it is', () => {
    const staged = begin();
    staged.abandon();
    expect(readFileSync(staged.path, 'utf8')).toBe('contents');
    expect(() => staged.abandon()).not.toThrow();
  });

  it('writes over nothing: neither under its temporary name nor under its own', () => {
    writeFileSync(join(directory, 'base.tar.1'), 'theirs');
    expect(() => begin('.1')).toThrow(
      new TroubleError(`could not create file "${directory}/base.tar.1": File exists`),
    );
    const staged = begin('.2');
    writeFileSync(join(directory, 'base.tar'), 'theirs');
    expect(() => staged.putInPlace()).toThrow(`could not create file "${directory}/base.tar": File exists`);
    expect(staged.path).toBe(join(directory, 'base.tar.2'));
    expect(readFileSync(join(directory, 'base.tar'), 'utf8')).toBe('theirs');
  });
});

describe('StagedName', () => {
  it('gives a file that somebody else has written its name', () => {
    const name = new StagedName(join(directory, 'pg_control'), '.new');
    writeFileSync(name.path, 'control');
    name.putInPlace();
    expect(readdirSync(directory)).toEqual(['pg_control']);
  });
});
