import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FileWriter } from '../../../lib/store/file-writer.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

let directory: string;

beforeEach(() => {
  directory = temporaryFolder();
  onTestFinished(() => removeFolder(directory));
});

describe('FileWriter', () => {
  it('writes one file after the other, and is done with what was pushed', () => {
    const writer = new FileWriter();
    for (const name of ['first', 'second']) {
      const path = join(directory, name);
      const part = Buffer.from(name);
      writer.begin(path, 0o600);
      writer.push([part, Buffer.from(', ')]);
      part.fill('x');
      writer.push([Buffer.from('end')]);
      writer.end();
      expect(writer.path).toBe(path);
      expect(readFileSync(path, 'utf8')).toBe(`${name}, end`);
    }
    expect(writer.bytes).toBe('first, endsecond, end'.length);
  });

  it.each([0o600, 0o640, 0o700])('gives a file the mode %o, whatever the umask', (mode) => {
    const path = join(directory, 'file');
    const writer = new FileWriter();
    writer.begin(path, mode);
    writer.end();
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it('gives a file to its owner when it is made', () => {
    const path = join(directory, 'file');
    const { uid, gid } = statSync(directory);
    const writer = new FileWriter();
    writer.begin(path, 0o600, { uid, gid });
    writer.end();
    expect(statSync(path)).toMatchObject({ uid, gid });
  });

  it.each([
    { what: 'a file', put: (path: string) => writeFileSync(path, 'theirs') },
    { what: 'a link', put: (path: string) => symlinkSync('/nosuch', path) },
  ])('does not write over $what', ({ put }) => {
    const path = join(directory, 'file');
    put(path);
    expect(() => new FileWriter().begin(path, 0o600)).toThrow(`could not create file "${path}": File exists`);
  });

  it('leaves a file that is given up as long as it was', () => {
    const path = join(directory, 'file');
    const writer = new FileWriter();
    writer.begin(path, 0o600);
    writer.push([Buffer.from('half')]);
    writer.abandon();
    writer.push([Buffer.from('more')]);
    expect(readFileSync(path, 'utf8')).toBe('half');
  });

  it('makes a hole of what is not written', () => {
    const path = join(directory, 'file');
    const writer = new FileWriter();
    writer.begin(path, 0o600);
    writer.setLength(8192);
    writer.end();
    expect(readFileSync(path).equals(Buffer.alloc(8192))).toBe(true);
  });
});
