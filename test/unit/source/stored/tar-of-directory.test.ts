import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeName } from '../../../../lib/io/file-name.ts';
import { type TarPlan, tarOfDirectory } from '../../../../lib/source/stored/tar-of-directory.ts';
import { TarReader } from '../../../../lib/tar/reader.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const NEVER = new AbortController().signal;
const PLAN: TarPlan = {
  first: ['label', 'spaces', 'spaces/2'],
  last: ['global/control'],
  without: ['manifest'],
  followed: ['wal'],
};
const LARGE = Buffer.alloc(3 * 1024 * 1024 + 77, 'large');

const elsewhere = temporaryFolder();
const folders = [elsewhere];
afterAll(() => folders.forEach(removeFolder));
writeFileSync(join(elsewhere, 'segment'), 'wal');

function makeDirectory(): string {
  const root = temporaryFolder();
  folders.push(root);
  for (const name of ['global', 'spaces', 'spaces/1', 'empty']) mkdirSync(join(root, name));
  symlinkSync(elsewhere, join(root, 'wal'));
  symlinkSync('/nowhere/in particular', join(root, 'spaces/2'));
  const files = {
    label: 'l',
    manifest: 'm',
    'spaces/1/x': 'x',
    'global/control': 'c',
    none: '',
    large: LARGE,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  writeFileSync(join(root, 'odd'), 'odd', { mode: 0o640 });
  return root;
}

/** The members of an archive of this directory, with their contents. */
async function archived(root: string, plan = PLAN) {
  const reader = new TarReader('base.tar');
  const members: { path: string; kind: string; linkTarget?: string; bytes: Buffer }[] = [];
  for await (const piece of tarOfDirectory(root, plan, NEVER)) {
    for (const chunk of reader.push(piece)) {
      if (chunk.type === 'header') members.push({ ...chunk.member, bytes: Buffer.alloc(0) });
      const last = members.at(-1);
      if (chunk.type === 'contents' && last) last.bytes = Buffer.concat([last.bytes, chunk.bytes]);
    }
  }
  reader.end();
  return members;
}

describe('tarOfDirectory', () => {
  it('archives what is there, in the order of the plan', async () => {
    const members = await archived(makeDirectory());
    const paths = members.map(({ path }) => path);
    expect([...paths.slice(0, 3), paths.at(-1)]).toEqual(['label', 'spaces/', 'spaces/2/', 'global/control']);
    expect([...paths].sort()).toEqual([
      'empty/',
      'global/',
      'global/control',
      'label',
      'large',
      'none',
      'odd',
      'spaces/',
      'spaces/2/',
      'wal/',
      'wal/segment',
    ]);
    const byPath = new Map(members.map((member) => [member.path, member]));
    expect(byPath.get('large')?.bytes.equals(LARGE)).toBe(true);
    expect(byPath.get('none')).toMatchObject({ kind: 'file', size: 0 });
    expect(byPath.get('odd')).toMatchObject({ mode: 0o640, bytes: Buffer.from('odd') });
    expect(byPath.get('spaces/2/')).toMatchObject({ kind: 'symlink', linkTarget: '/nowhere/in particular' });
    expect(byPath.get('wal/')).toMatchObject({ kind: 'directory' });
  });

  it('keeps names byte for byte, up to the length that the server allows', async () => {
    const root = makeDirectory();
    const names = ['größe', 'odd\udcff', 'n'.repeat(99)];
    for (const name of names)
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from(encodeName(name))]), '');
    mkdirSync(join(root, 'd'.repeat(99)));
    const paths = (await archived(root)).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining([...names, `${'d'.repeat(99)}/`]));
    writeFileSync(join(root, 'n'.repeat(100)), '');
    await expect(archived(root)).rejects.toThrow('file name too long for tar format: "nnn');
  });

  it('refuses a link that the plan does not know', async () => {
    const root = makeDirectory();
    symlinkSync('/etc', join(root, 'empty/link'));
    await expect(archived(root)).rejects.toThrow(`"${root}/empty/link" is not a file or directory`);
  });

  it('notices a file that becomes shorter', async () => {
    const root = makeDirectory();
    const read = async () => {
      for await (const _piece of tarOfDirectory(root, PLAN, NEVER)) truncateSync(join(root, 'large'), 5);
    };
    await expect(read()).rejects.toThrow('became shorter while it was read');
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const read = async () => {
      for await (const _piece of tarOfDirectory(makeDirectory(), PLAN, controller.signal))
        controller.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });
});
