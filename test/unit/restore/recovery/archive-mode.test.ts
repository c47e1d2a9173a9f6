/** What the settings of an original say about archiving, and whether a copy would do the same. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { originalArchiving } from '../../../../lib/restore/recovery/archive-mode.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

const ON = "archive_mode = on\narchive_command = 'cp %p /archive/%f'\n";
const SAID = 'The setting archive_command is "cp %p /archive/%f".';

describe('originalArchiving', () => {
  it.each([
    { name: 'nothing', conf: '', auto: '', said: undefined },
    { name: 'both settings', conf: ON, auto: '', said: SAID },
    { name: 'both in the other file', conf: '', auto: ON, said: SAID },
    {
      name: 'other spellings',
      conf: "ARCHIVE_MODE 'ON' # x\n  archive_command='a ''b'''\n",
      auto: '',
      said: 'The setting archive_command is "a \'b\'".',
    },
    {
      name: 'a library',
      conf: 'archive_mode = always\narchive_library = basic_archive\n',
      auto: '',
      said: 'The setting archive_library is "basic_archive".',
    },
    { name: 'a comment', conf: `#archive_mode = on\n${ON.split('\n')[1]}\n`, auto: '', said: undefined },
    { name: 'that it is off after all', conf: ON, auto: "archive_mode = 'off'\n", said: undefined },
    { name: 'no command', conf: "archive_mode = on\narchive_command = ''\n", auto: '', said: undefined },
    { name: 'CR at the ends of lines', conf: ON.replaceAll('\n', '\r\n'), auto: '', said: SAID },
  ])('reads $name', ({ conf, auto, said }) => {
    writeFileSync(join(folder, 'postgresql.conf'), conf);
    writeFileSync(join(folder, 'postgresql.auto.conf'), auto);
    expect(originalArchiving(folder, false)).toBe(said);
  });

  it('finds nothing where there are no files', () => {
    expect(originalArchiving(folder, false)).toBeUndefined();
  });

  it('knows that a standby archives only if it is to do so always', () => {
    writeFileSync(join(folder, 'postgresql.conf'), ON);
    expect(originalArchiving(folder, true)).toBeUndefined();
    writeFileSync(join(folder, 'postgresql.conf'), ON.replace('on', 'always'));
    expect(originalArchiving(folder, true)).toBe(SAID);
  });
});
