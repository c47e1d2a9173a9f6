/**
 * An SSH server for a test, on a port of 127.0.0.1, with its own host key and one key that may log in as the account
 * that runs the test. Commands that it runs have our tools and node on their path, and nothing of the caller's
 * environment.
 */

import { existsSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { removeFolder, temporaryFolder } from './folder.ts';
import type { Stage } from './pipeline.ts';
import { freePort } from './port.ts';
import { type Running, run, runOk, start } from './run.ts';
import { tool } from './tools.ts';
import { untilTrue } from './wait.ts';

/** The path in Debian. The daemon executes itself again, so it must be started by its full path. */
const SSHD = '/usr/sbin/sshd';
/** The sshd of root needs this empty directory for privilege separation. */
const PRIVILEGE_SEPARATION = '/run/sshd';
const LONGEST_LIFE_MS = 10 * 60_000;
const TOOLS = ['bb-stream', 'bb-split'];

/** Whether client and server are installed. */
export function sshIsInstalled(): boolean {
  return existsSync(SSHD) && existsSync('/usr/bin/ssh') && existsSync('/usr/bin/ssh-keygen');
}

/** A running server. The caller of start() must close it. */
export class SshServer {
  readonly #folder: string;
  readonly #port: number;
  readonly #server: Running;
  readonly #madeDirectory: boolean;

  private constructor(folder: string, port: number, server: Running, madeDirectory: boolean) {
    this.#folder = folder;
    this.#port = port;
    this.#server = server;
    this.#madeDirectory = madeDirectory;
  }

  /** Starts a server and waits until it accepts logins. */
  static async start(): Promise<SshServer> {
    const folder = temporaryFolder();
    const port = await freePort();
    for (const key of ['host', 'user']) {
      await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
    }
    await writeConfiguration(folder, port);
    const madeDirectory = process.getuid?.() === 0 && !existsSync(PRIVILEGE_SEPARATION);
    if (madeDirectory) mkdirSync(PRIVILEGE_SEPARATION, { mode: 0o755 });
    const server = start(SSHD, ['-D', '-e', '-f', join(folder, 'config')], { timeoutMs: LONGEST_LIFE_MS });
    const ssh = new SshServer(folder, port, server, madeDirectory);
    try {
      await untilTrue('sshd takes connections', () => listens(port), 10_000);
      return ssh;
    } catch (error) {
      await ssh.close();
      throw error;
    }
  }

  /** A remote command, as `ssh HOST COMMAND` with a command line for the shell; the options are those of ssh. */
  command(line: string, options: readonly string[] = []): Stage {
    const settings = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'LogLevel=ERROR'];
    const files = [`UserKnownHostsFile=${join(this.#folder, 'known_hosts')}`, 'IdentitiesOnly=yes'];
    const place = ['-p', String(this.#port), '-i', join(this.#folder, 'user'), '-l', userInfo().username];
    const common = ['-F', 'none', ...place, ...[...settings, ...files].flatMap((setting) => ['-o', setting])];
    return { command: 'ssh', args: [...common, ...options, '127.0.0.1', line] };
  }

  /** Those processes of the server whose command lines match a pattern. */
  async processes(pattern: string): Promise<number[]> {
    const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args=']);
    const rows = stdout
      .toString()
      .trim()
      .split('\n')
      .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? []);
    const ours = new Set([this.#server.process.pid]);
    for (let before = 0; before !== ours.size; ) {
      before = ours.size;
      for (const [, pid, parent] of rows) if (ours.has(Number(parent))) ours.add(Number(pid));
    }
    return rows.flatMap(([, pid, , args = '']) =>
      ours.has(Number(pid)) && args.includes(pattern) ? [Number(pid)] : [],
    );
  }

  /** Ends the server and all sessions. */
  async close(): Promise<void> {
    for (const pid of await this.processes('')) kill(pid);
    await this.#server.finished.catch(() => {});
    if (this.#madeDirectory) rmdirSync(PRIVILEGE_SEPARATION);
    removeFolder(this.#folder);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has gone.
  }
}

async function writeConfiguration(folder: string, port: number): Promise<void> {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  for (const name of TOOLS) symlinkSync(tool(name, []).command, join(programs, name));
  const [hostKey, userKey] = await Promise.all(
    ['host', 'user'].map((key) => runOk('cat', [join(folder, `${key}.pub`)])),
  );
  writeFileSync(join(folder, 'authorized_keys'), userKey ?? '', { mode: 0o600 });
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}`);
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'PrintLastLog no',
    `SetEnv PATH=${programs}:${dirname(process.execPath)}:/usr/bin:/bin`,
  ];
  writeFileSync(join(folder, 'config'), lines.map((line) => `${line}\n`).join(''));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true)).once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
