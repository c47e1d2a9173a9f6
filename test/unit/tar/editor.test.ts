/** The archive's editor: what is not edited passes untouched, whatever the cuts; what is, changes nothing around it. */

import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { type MemberEdit, TarEditor } from '../../../lib/tar/editor.ts';
import type { Member } from '../../../lib/tar/member.ts';
import { ReplacedFile, RetargetedLink, RewrittenFile } from '../../../lib/tar/member-edits.ts';
import { CUTS, type Cut, every, lend, whole } from '../../support/rechunk.ts';
import { directory, END, file, smallTar, symlink, tar } from './build.ts';

type Choice = (member: Member) => MemberEdit | undefined;

const nothing: Choice = () => undefined;

async function edit(archive: Buffer, member: Choice, cut: Cut = whole, end = () => {}): Promise<Buffer> {
  const editor = new TarEditor('base.tar', { member, end });
  const out: Buffer[] = [];
  for await (const chunk of lend(archive, cut)) {
    const middle = chunk.length >> 1;
    for (const bytes of editor.push([chunk.subarray(0, middle), chunk.subarray(middle)]))
      out.push(Buffer.from(bytes));
  }
  editor.end();
  return Buffer.concat(out);
}

const onlyFor =
  (path: string, make: () => MemberEdit): Choice =>
  (member) =>
    member.path === path ? make() : undefined;

const around = (...members: readonly Buffer[]) =>
  tar(file('before', Buffer.alloc(700, 'b')), ...members, file('after', Buffer.alloc(513, 'a')));

describe('TarEditor', () => {
  it.each(CUTS)('passes everything when nothing is edited, $name', async ({ cut }) => {
    const archive = Buffer.concat([smallTar(), Buffer.alloc(10_240)]);
    expect((await edit(archive, nothing, cut)).equals(archive)).toBe(true);
  });

  it('gives back the very parts that came in, unless a header or padding is cut', () => {
    const archive = around();
    const editor = new TarEditor('base.tar', { member: nothing, end: () => {} });
    const [first, second] = [archive.subarray(0, 1000), archive.subarray(1000, 1100)];
    const parts = [first, second];
    expect(editor.push(parts)).toBe(parts); // ends in contents
    const [padding, rest] = [archive.subarray(1100, 1300), archive.subarray(1300)];
    const cut = [padding];
    expect(editor.push(cut)).not.toBe(cut);
    const last = [rest];
    expect(editor.push(last)).not.toBe(last);
  });

  it('joins what lies side by side', () => {
    const archive = around(file('edited', 'x'));
    const choice = onlyFor('edited', () => new ReplacedFile(() => Buffer.from('y')));
    const editor = new TarEditor('base.tar', { member: choice, end: () => {} });
    expect(editor.push([archive])).toHaveLength(5); // before, header, contents, padding, behind
  });

  it.each(CUTS)('replaces a file, $name', async ({ cut }) => {
    for (const size of [0, 1, 511, 512, 513, 3000]) {
      const after = Buffer.alloc(size, 'new');
      const choice = onlyFor(
        'edited',
        () => new ReplacedFile((before) => Buffer.concat([before.subarray(0, 0), after])),
      );
      const edited = await edit(around(file('edited', Buffer.alloc(600, 'old'))), choice, cut);
      expect(edited.equals(around(file('edited', after)))).toBe(true);
    }
  });

  it.each(CUTS)(
    'shows the old contents, and keeps them with their padding if they stay, $name',
    async ({ cut }) => {
      const odd = file('edited', 'old');
      odd.fill('?', 512 + 3);
      let seen = '';
      const choice = onlyFor(
        'edited',
        () =>
          new ReplacedFile((before) => {
            seen = before.toString();
            return before;
          }),
      );
      expect((await edit(around(odd), choice, cut)).equals(around(odd))).toBe(true);
      expect(seen).toBe('old');
    },
  );

  it.each(CUTS)('rewrites a file that is not held, $name', async ({ cut }) => {
    const before = Buffer.alloc(1500, 'old ');
    const after = Buffer.concat([before, Buffer.from('more')]);
    let ended = 0;
    const editor = {
      *push(piece: Buffer) {
        yield piece;
      },
      end: () => {
        ended++;
      },
    };
    // Behind the file's last byte, as the end of what is held back in ManifestEditor comes with its last piece.
    let written = 0;
    const appending = {
      ...editor,
      *push(piece: Buffer) {
        written += piece.length;
        yield piece;
        if (written === before.length) yield Buffer.from('more');
      },
    };
    const choice = onlyFor('edited', () => new RewrittenFile(after.length, appending));
    expect(
      (await edit(around(file('edited', before)), choice, cut)).equals(around(file('edited', after))),
    ).toBe(true);
    expect(ended).toBe(1);
    const wrong = onlyFor('edited', () => new RewrittenFile(1, editor));
    await expect(edit(around(file('edited', before)), wrong, cut)).rejects.toThrow(
      'another size than was said',
    );
  });

  it.each(CUTS)('gives a link another target, $name', async ({ cut }) => {
    for (const target of ['/x', `/${'x'.repeat(98)}`, '/größe\n=\\']) {
      const choice = onlyFor('pg_tblspc/1/', () => new RetargetedLink(target));
      const edited = await edit(around(symlink('pg_tblspc/1', '/some/where/else')), choice, cut);
      expect(edited.equals(around(symlink('pg_tblspc/1', target)))).toBe(true);
    }
  });

  it('edits members that follow upon each other, and directories not', async () => {
    const choice: Choice = ({ kind }) =>
      kind === 'file' ? new ReplacedFile(() => Buffer.from('y')) : undefined;
    const edited = await edit(tar(file('a', ''), file('b', 'xx'), directory('c')), choice, every(100));
    expect(edited.equals(tar(file('a', 'y'), file('b', 'y'), directory('c')))).toBe(true);
  });

  it('asks once at the end, before it goes out', async () => {
    const archive = Buffer.concat([around(), END]);
    const order: string[] = [];
    await edit(archive, nothing, every(100), () => order.push('end'));
    expect(order).toEqual(['end']);

    const editor = new TarEditor('base.tar', {
      member: nothing,
      end: () => {
        throw new Error('not yet');
      },
    });
    const start = archive.length - 2 * END.length;
    editor.push([archive.subarray(0, start)]);
    expect(() => editor.push([archive.subarray(start)])).toThrow('not yet');
  });

  it('never takes an archive that is cut for a whole one', async () => {
    const archive = around(file('edited', 'x'));
    const choice = onlyFor('edited', () => new ReplacedFile(() => Buffer.from('y')));
    for (let length = 0; length < archive.length; length += 100) {
      await expect(edit(archive.subarray(0, length), choice)).rejects.toThrow(BackupError);
    }
  });
});
