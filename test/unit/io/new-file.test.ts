import { closeSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFile } from '../../../lib/io/new-file.ts';

describe('createFile', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bb-new-file-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('makes a file for its owner alone', () => {
    const path = join(directory, 'new');
    closeSync(createFile(path));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('refuses a file that is there', () => {
    const path = join(directory, 'old');
    writeFileSync(path, 'kept');
    expect(() => createFile(path)).toThrow('EEXIST');
  });

  it('does not follow a link, not even to nothing', () => {
    const [target, path] = [join(directory, 'elsewhere'), join(directory, 'link')];
    symlinkSync(target, path);
    expect(() => createFile(path)).toThrow('EEXIST');
    expect(existsSync(target)).toBe(false);
  });
});
