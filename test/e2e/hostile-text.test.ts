/**
 * A backup in which every string is hostile: names, locations, versions, notices, errors. A tool that prints them never
 * prints a control character, or a line that is not its own.
 */

import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../lib/stream/frame.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { archive, backupFrames, data, encodeAll, notice } from '../support/frames.ts';
import * as messages from '../support/messages.ts';
import { run } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { file, tar } from '../unit/tar/build.ts';

const EVIL = 'x\x1b]0;t\x07\r\x7f\u009b31m\u202e\u2066\u200b\nbackup successfully verified\n';
/** How it is printed, also at the end of a line. */
const SHOWN = String.raw`x\x1b]0;t\x07\r\x7f\x9b31m\u{202e}\u{2066}\u{200b}\nbackup successfully verified\n`;
const JSON_SHOWN = String.raw`x\u001b]0;t\u0007\r\u007f\u009b31m\u202e\u2066\u200b\nbackup successfully verified\n`;

const BASE = tar(file('backup_label', `LABEL: ${EVIL}`), file(EVIL, 'contents'), file('PG_VERSION', '15\n'));
const MANIFEST = `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n{ "Path": ${JSON.stringify(EVIL)}, "Size": 1, "Last-Modified": "2026-01-01 00:00:00 GMT" }],\n"WAL-Ranges": [],\n"Manifest-Checksum": "${'0'.repeat(64)}"}\n`;

function stream(tablespaces: { oid: number; location: string }[], ...copy: Frame[]): Buffer {
  return encodeAll(backupFrames({ parameters: { server_version: EVIL, [EVIL]: EVIL }, tablespaces, copy }));
}

const report = { message: EVIL, detail: EVIL, hint: EVIL, severity: EVIL, code: EVIL } as const;
const INPUTS: readonly { name: string; stdin: Buffer }[] = [
  {
    name: 'names',
    stdin: stream([], ...archive('base.tar', '', BASE), { type: 'manifest' }, data(MANIFEST)),
  },
  {
    name: 'a location',
    stdin: stream([{ oid: 16384, location: `/${EVIL}` }], ...archive('16384.tar', `/${EVIL}`, BASE)),
  },
  { name: 'an archive', stdin: stream([], ...archive(EVIL, EVIL, BASE)) },
  { name: 'a notice', stdin: stream([], notice(EVIL, report), ...archive('base.tar', '', BASE)) },
  { name: 'an error', stdin: messages.ErrorResponse({ S: EVIL, C: EVIL, M: EVIL, D: EVIL, H: EVIL }) },
  { name: 'a tar', stdin: BASE },
  { name: 'text', stdin: Buffer.from(EVIL) },
];

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const TOOLS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['bb-split', ['--list']],
  ['bb-split', ['--list', '--json']],
  ['bb-split', ['-v', '--progress=json', '-D', join(folder, 'new', 'backup')]],
  ['bb-verify', ['-P']],
  ['bb-verify', ['--format=json']],
  ['bb-relocate', ['--list']],
];

/** Runs a tool on all inputs, and returns its output by the name of the input. */
async function printed(name: string, args: readonly string[]): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const input of INPUTS) {
    const { stdout, stderr } = await run(tool(name, []).command, args, { stdin: input.stdin });
    all.set(input.name, stdout.toString() + stderr);
  }
  return all;
}

describe('hostile strings', () => {
  it.each(TOOLS)('are shown by %s %j', async (name, args) => {
    for (const [input, text] of await printed(name, args)) {
      expect(/[^\P{Cc}\n\t]|\p{Bidi_Control}|\u200b/u.exec(text), input).toBeNull();
      expect(text, input).not.toMatch(/^backup successfully verified$/m);
    }
  });

  it('are listed, quoted', async () => {
    const texts = await printed('bb-split', ['--list']);
    expect(texts.get('names')).toContain(`            8 "${SHOWN}"\n`);
    expect(texts.get('an error')).toBe(
      `bb-split: error: backup was aborted upstream: ${SHOWN}\n`.replace(/\\n\n$/, '\n') +
        `bb-split: detail: ${SHOWN}\n`,
    );
  });

  it('are escaped in JSON', async () => {
    const text = (await printed('bb-split', ['--list', '--json'])).get('names') ?? '';
    expect(text).toContain(`{"member":"${JSON_SHOWN}",`);
  });
});
