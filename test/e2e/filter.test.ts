/**
 * --filter: each archive goes to its own command, and the manifest comes last, when all others have succeeded. If a
 * command or the stream fails, or the user stops it, bb-split says what failed, no command takes its input for a
 * complete file, and no command outlives bb-split.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipeline, type Stage } from '../support/pipeline.ts';
import { type Finished, type Running, run, start } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { recordedCluster } from './support/given.ts';
import { untilIdle } from './support/proc.ts';
import { STOPPING, stop } from './support/signalling.ts';
import { typed } from './support/typed.ts';

const MANIFEST = 'backup_manifest';

let location: string;
const given = recordedCluster(async (cluster) => {
  location = await cluster.createTablespace('fast');
  await cluster.query('CREATE TABLE t TABLESPACE fast AS SELECT generate_series(1, 100000)');
}, 'stream');

/** A directory for objects, and bb-split with a command, which finds the directory in $STORE. */
class Store {
  readonly folder = mkdtempSync(join(given.folder, 'store-'));

  split(command: string, ...options: string[]): Stage {
    return tool('bb-split', [`--filter=${command}`, ...options], { STORE: this.folder });
  }

  /** Runs it on the first bytes of the recording. */
  async splitFirst(bytes: number, command: string): Promise<{ status: number; stderr: string }> {
    const head = { command: 'head', args: ['-c', String(bytes), given.recording.file] };
    const { statuses, stderrs } = await pipeline([head, this.split(command)]);
    return { status: statuses[1] ?? -1, stderr: stderrs[1] ?? '' };
  }

  /** Runs it on the first bytes, and ends the input when a command has written this line to the log. */
  async splitUntil(noted: string, bytes: number, command: string): Promise<Finished> {
    const { command: program, args = [], env = {} } = this.split(command);
    const ready = `until grep -qsx '${noted}' "$STORE/.log"; do sleep 0.01; done`;
    const script = `exec "$@" < <(head -c ${bytes} "$0"; ${ready})`;
    return await run('bash', ['-c', script, given.recording.file, program, ...args], { env });
  }

  /** Starts it after a feeder that sleeps after this number of bytes of the recording. */
  start(bytes: number, command: string): Running {
    const { command: program, args = [], env = {} } = this.split(command);
    const script = `exec "$@" < <(exec 2>/dev/null; head -c ${bytes} "$0"; exec sleep 600)`;
    return start('bash', ['-c', script, given.recording.file, program, ...args], { env });
  }

  get objects(): string[] {
    return readdirSync(this.folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  /** Lines that commands have written to $STORE/.log. */
  get log(): string[] {
    const path = join(this.folder, '.log');
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }
}

/** As every object store does: an object exists only when its input has ended. */
const STORING = 'cat >"$STORE/.$FILE" && mv "$STORE/.$FILE" "$STORE/$FILE"';
const noted = (text: string) => `echo "${text}" >>"$STORE/.log"`;

const whole = () => given.recording.bytes.length;
/** The offset of the first message of a type. */
const before = (type: string) => given.recording.places.find((place) => place.type === type)?.start ?? 0;

describe('--filter', () => {
  it('gives commands what -D writes to files', async () => {
    const [store, directory] = [new Store(), join(given.folder, 'directory')];
    const files = tool('bb-split', ['-N', '-D', directory]);
    await run('bash', ['-c', `${typed(files)} <${given.recording.file}`]);
    expect(await store.splitFirst(whole(), STORING)).toEqual({ status: 0, stderr: '' });
    expect(store.objects).toEqual(readdirSync(directory).sort());
    for (const name of store.objects) {
      expect(readFileSync(join(store.folder, name)).equals(readFileSync(join(directory, name)))).toBe(true);
    }
  });

  it('runs one after the other, WAL beside them, and the manifest last; each knows what it gets', async () => {
    const store = new Store();
    const command = `${noted('>$FILE|$ARCHIVE|$LOCATION|$OID')}; cat >/dev/null; ${noted('<$FILE')}`;
    expect(await store.splitFirst(whole(), command)).toEqual({ status: 0, stderr: '' });
    const [tablespace = ''] = store.log.flatMap((line) => /^<(\d+\.tar)$/.exec(line)?.[1] ?? []);
    const withoutWal = store.log.filter((line) => !line.includes('pg_wal.tar'));
    expect(withoutWal).toEqual([
      `>${tablespace}|${tablespace}|${location}|${Number.parseInt(tablespace, 10)}`,
      `<${tablespace}`,
      '>base.tar|base.tar||',
      '<base.tar',
      `>${MANIFEST}|||`,
      `<${MANIFEST}`,
    ]);
    const place = (line: string) => store.log.indexOf(line);
    expect(place('>pg_wal.tar|pg_wal.tar||')).toBeLessThan(place('<base.tar'));
    expect(place('<pg_wal.tar')).toBe(place(`>${MANIFEST}|||`) - 1);
  });

  it('says under -v what it did', async () => {
    const { status, stderr } = await run('bash', [
      '-c',
      `${typed(new Store().split('cat >/dev/null', '-v'))} <${given.recording.file}`,
    ]);
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^bb-split: passed 3 archives to commands, \d+ MB\n$/),
    ]);
  });

  const readers = [
    ['by name', 'cat /dev/stdin >/dev/null'],
    ['by name, and late', 'sleep 0.3; cat /dev/stdin >/dev/null'],
    ['slowly', 'test $FILE != base.tar || sleep 1; cat >/dev/null'],
    ['in small pieces', 'dd bs=512 status=none of=/dev/null'],
    [
      'to the end of the tar, and not to its own',
      'test $FILE = backup_manifest || exec tar -tf - >/dev/null; cat >/dev/null',
    ],
    ['in another process', '(cat) | cat >/dev/null'],
  ];
  it.each(readers)('is content with one that reads %s', async (_name, command) => {
    expect(await new Store().splitFirst(whole(), command)).toEqual({ status: 0, stderr: '' });
  });

  it('leaves nothing in $TMPDIR, and says so if it cannot be used', async () => {
    const temporary = mkdtempSync(join(given.folder, 'tmp-'));
    const split = (TMPDIR: string) =>
      run('bash', ['-c', `${typed(new Store().split('cat >/dev/null'))} <${given.recording.file}`], {
        env: { TMPDIR },
      });
    expect((await split(temporary)).status).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
    const missing = join(given.folder, 'nosuch');
    const { status, stderr } = await split(missing);
    expect(status).toBe(2);
    expect(stderr).toBe(
      `bb-split: error: could not create temporary directory in "${missing}": No such file or directory\n`,
    );
  });
});

/** A command, the file with which it fails, and the message about it. */
type Failure = readonly [name: string, command: string, file: string, complaint: string];

const UNREAD = 'did not read all of its input';
const at = (file: string, act: string) => `test $FILE = ${file} && { ${act}; }; ${STORING}`;

const FAILURES: readonly Failure[] = [
  ['fails at once', at('base.tar', 'exit 1'), 'base.tar', 'failed with exit code 1'],
  [
    'fails in the middle',
    at('base.tar', 'head -c 1000000 >/dev/null; exit 3'),
    'base.tar',
    'failed with exit code 3',
  ],
  ['fails at the end', at('base.tar', 'cat >/dev/null; exit 255'), 'base.tar', 'failed with exit code 255'],
  ['does not exist', at('base.tar', 'exec no-such-command'), 'base.tar', 'failed with exit code 127'],
  ['is killed', at('base.tar', 'kill -KILL $$'), 'base.tar', 'was terminated by signal 9: SIGKILL'],
  [
    'dies later',
    at('base.tar', 'head -c 1000000 >/dev/null; kill -TERM $$'),
    'base.tar',
    'was terminated by signal 15: SIGTERM',
  ],
  ['reads nothing', at('base.tar', 'exit 0'), 'base.tar', UNREAD],
  ['stops reading', at('base.tar', 'head -c 1000000 >/dev/null; exit 0'), 'base.tar', UNREAD],
  ['stops reading, and waits', at('base.tar', 'exec <&-; sleep 0.5; exit 0'), 'base.tar', UNREAD],
  ['leaves it to another', at('base.tar', '(sleep 0.5; cat >/dev/null) <&0 & exit 0'), 'base.tar', UNREAD],
  ['fails for WAL', at('pg_wal.tar', 'exit 4'), 'pg_wal.tar', 'failed with exit code 4'],
  ['reads nothing of WAL', at('pg_wal.tar', 'exit 0'), 'pg_wal.tar', UNREAD],
  ['fails for the manifest', at(MANIFEST, 'cat >/dev/null; exit 5'), MANIFEST, 'failed with exit code 5'],
  ['reads nothing of the manifest', at(MANIFEST, 'exit 0'), MANIFEST, UNREAD],
];

describe('a command that', () => {
  it.each(FAILURES)('%s', async (_name, command, file, complaint) => {
    const store = new Store();
    const { status, stderr } = await store.splitFirst(whole(), command);
    expect(status).toBe(2);
    expect(stderr).toContain(`bb-split: error: command for file "${file}" ${complaint}\n`);
    expect(stderr).toContain(`bb-split: detail: The command was: ${command}\n`);
    expect(store.objects).not.toContain(MANIFEST);
    expect(store.objects).not.toContain(file);
  });
});

const TOLD = `trap '${noted('$FILE was told')}; exit 0' TERM`;

describe('a stream that is cut', () => {
  const cuts: readonly [name: string, bytes: () => number, open: string, objects: number][] = [
    ['in base.tar', () => given.recording.bytes.indexOf('nbase.tar\0') + 100_000, 'base.tar', 1],
    ['before the manifest', () => before('dm'), 'pg_wal.tar', 1],
    ['before the end of the copy', () => before('c'), 'pg_wal.tar', 2],
    ['in its last byte', () => whole() - 1, 'pg_wal.tar', 2],
  ];
  it.each(cuts)('%s, ends commands before they take it for the end', async (_name, bytes, open, count) => {
    const store = new Store();
    const storing = `cat >"$STORE/.$FILE"; mv "$STORE/.$FILE" "$STORE/$FILE"; ${noted('$FILE ended')}`;
    const command = `${TOLD}; ${noted('$FILE has begun')}; ${storing}`;
    const { status, stderr } = await store.splitUntil(`${open} has begun`, bytes(), command);
    expect(status).toBe(1);
    expect(stderr).toContain('bb-split: error: stream ended before its end\n');
    expect(store.objects).toHaveLength(count);
    expect(store.objects).not.toContain(MANIFEST);
    expect(store.objects).not.toContain(open);
    expect(store.log).toContain(`${open} was told`);
    expect(store.log.filter((line) => line.endsWith('ended'))).toHaveLength(count);
  });

  it('ends those too that do not heed a signal', async () => {
    const store = new Store();
    const begun = performance.now();
    const { status } = await store.splitFirst(before('dm'), `trap '' TERM; ${STORING}`);
    expect(status).toBe(1);
    expect(store.objects).not.toContain('base.tar');
    expect(performance.now() - begun).toBeGreaterThan(5000);
  });
});

describe('an archive that is malformed', () => {
  it('is not taken for one that is whole', async () => {
    const store = new Store();
    const bytes = given.recording.bytes
      .toString('latin1')
      .replaceAll('ustar\x0000postgres', 'usxxx\x0000postgres');
    const split = store.split(STORING);
    const { status, stderr } = await run(split.command, split.args, {
      stdin: Buffer.from(bytes, 'latin1'),
      env: { STORE: store.folder },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bb-split: error: malformed archive ".*": no tar header where one should be\n/);
    expect(store.objects).toEqual([]);
  });
});

describe('a signal', () => {
  const TRAPS = STOPPING.map(([signal]) => signal.slice('SIG'.length))
    .map((name) => `trap '${noted(`$FILE got ${name}`)}; exit 0' ${name}`)
    .join('; ');

  it.each(STOPPING)('%s is passed on, and then obeyed', async (signal, status) => {
    const store = new Store();
    const running = store.start(
      before('dm'),
      `${TRAPS}; ${noted('$FILE begun')}; ${STORING}; ${noted('$FILE ended')}`,
    );
    await untilTrue('the last archive is there', () => store.log.includes('base.tar begun'));
    await untilIdle(running);
    const end = await stop(running, signal);
    expect(end.status).toBe(status);
    expect(end.stderr).not.toContain('bb-split'); // the shell may say something
    const told = store.log.filter((line) => line.includes(' got '));
    expect(told.sort()).toEqual(['base.tar', 'pg_wal.tar'].map((name) => `${name} got ${signal.slice(3)}`));
    expect(store.objects).toHaveLength(1); // the tablespace
  });

  const patient: readonly [name: string, command: string][] = [
    ['reads nothing', 'exec sleep 600'],
    ['does not end', 'cat >/dev/null; exec sleep 600'],
  ];
  it.each(patient)('ends a command that %s', async (_name, command) => {
    const store = new Store();
    const running = store.start(whole(), `${noted('$$')}; ${command}`);
    await untilTrue('a command runs', () => store.log.length > 0);
    await untilIdle(running);
    const { status, stderr }: Finished = await stop(running, 'SIGTERM');
    expect([status, stderr]).toEqual([143, '']);
    for (const pid of store.log) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });
});
