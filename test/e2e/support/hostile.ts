/**
 * Runs bb-stream against a server that sends nonsense: it says what was wrong in one line and exits with 2, soon and
 * with little memory. For use in a test file, whose servers are closed after each test.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { int32 } from '../../support/messages.ts';
import { type Running, start } from '../../support/run.ts';
import { tool } from '../../support/tools.ts';
import { type Answer, type Script, ScriptedServer } from './scripted-server.ts';

/** bb-stream fails within a second. The rest is for the start of Node.js on a busy machine. */
const LIMIT_MS = 10_000;
const LIMIT_KILOBYTES = 160 * 1024;
const TELL_PEAK = "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))";

const folder = temporaryFolder();
const preloaded = join(folder, 'tell-peak.mjs');
let server: ScriptedServer | undefined;

beforeAll(() => writeFileSync(preloaded, TELL_PEAK));
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => removeFolder(folder));

/** The behaviour of a server. */
export interface Row {
  readonly name: string;
  /** The first word of the question that gets this answer. */
  readonly at: string;
  readonly sends: Answer;
  readonly says: string;
  readonly detail?: string;
  /** A script for the other questions; without it, they get the default answers. */
  readonly also?: Script;
  readonly options?: readonly string[];
}

/** Starts bb-stream with a server that behaves as the row says. */
export async function startStream(row: Pick<Row, 'at' | 'sends' | 'also' | 'options'>): Promise<Running> {
  const usual: Script = row.also ?? (() => undefined);
  const script: Script = (question) => (question.split(' ')[0] === row.at ? row.sends : usual(question));
  server = await ScriptedServer.start(script);
  const connection = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'u', '-w'];
  const { command } = tool('bb-stream', []);
  const options = row.options ?? ['-X', 'fetch'];
  return start('sh', ['-c', 'exec "$@" >/dev/null', 'sh', command, ...connection, ...options], {
    env: { PGPASSWORD: 'secret', PGSSLMODE: 'disable', NODE_OPTIONS: `--import=${preloaded}` },
    timeoutMs: LIMIT_MS,
  });
}

/** Checks the messages, the exit status, the time and the memory. */
export async function check(row: Row): Promise<void> {
  const { status, stderr } = await (await startStream(row)).finished;
  const peak = Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
  const port = String(server?.port);
  const detail = row.detail === undefined ? '' : `bb-stream: detail: ${row.detail}\n`;
  const said = `bb-stream: error: ${row.says.replace('{port}', port)}\n${detail}`;
  expect({ status, said: stderr.replace(/^peak .*\n/m, '') }).toEqual({ status: 2, said });
  expect(peak).toBeLessThan(LIMIT_KILOBYTES);
}

/** The commands that the server has received. */
export function questions(): readonly string[] {
  return server?.questions ?? [];
}

/** A message type and a length, without a payload. */
export const head = (type: string, length: number) => Buffer.concat([Buffer.from(type), int32(length)]);

export const MEGABYTE = 1024 * 1024;
/** Messages about the connection, the framing, the contents, and the size. */
export const FAILED = 'connection to server at "127.0.0.1", port {port} failed';
export const LOST = 'lost synchronization with server: got message type';
export const DISAGREES = 'message contents do not agree with length in message type';
export const ENDLESS = 'server sent more than 1048576 bytes where a short answer was expected';
