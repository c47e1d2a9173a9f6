/**
 * Servers from Debian's packages, fetched or installed, with client tools of the same version: do the programs run, and
 * find one another? And the cache for fetched servers.
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { giveToServer, serverAccount } from '../support/account.ts';
import { cached, intoCache } from '../support/cache.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { runOk } from '../support/run.ts';
import { ownTool, type Server, servers } from '../support/servers.ts';

/** The first pg_verifybackup that reads archives, and the first that reads WAL in them. */
const FIRST_OF_TARS = 18;
const FIRST_OF_WAL_IN_TARS = 19;

const directory = temporaryFolder();
afterAll(() => removeFolder(directory));

function hasTools(server: Server): boolean {
  return ownTool('pg_verifybackup', server)?.startsWith(server.programs) ?? false;
}

describe.each(servers().filter(hasTools))('the client tools of PostgreSQL $version', (server) => {
  const place = (name: string) => join(directory, `${server.major}-${name}`);
  const toolOf = (name: string) => join(server.programs, name);
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'] });
    await cluster.start();
  });
  afterAll(() => cluster.dispose());

  it('take backups that their own pg_verifybackup, with the pg_waldump beside it, accepts', async () => {
    const formats = server.major >= FIRST_OF_TARS ? ['plain', 'tar'] : ['plain'];
    for (const format of formats) {
      const args = [...cluster.connectionOptions, '-c', 'fast', '-F', format, '-D', place(format)];
      await runOk(toolOf('pg_basebackup'), args);
      const wal = format === 'tar' && server.major < FIRST_OF_WAL_IN_TARS ? ['--no-parse-wal'] : [];
      expect(await runOk(toolOf('pg_verifybackup'), [...wal, place(format)])).toContain(
        'backup successfully verified',
      );
    }
  });

  it('query the server', async () => {
    const sql = 'SELECT count(*) FROM generate_series(1, 1000000)'; // costs enough to be compiled where that is possible
    const args = [...cluster.connectionOptions, '-Atc', sql, 'postgres'];
    expect(await runOk(toolOf('psql'), args)).toBe('1000000\n');
  });

  it('start and stop a server by pg_ctl, which looks for postgres beside it', async () => {
    const data = place('ctl');
    mkdirSync(data);
    giveToServer(data);
    const as = { account: serverAccount(), cwd: '/' };
    await runOk(toolOf('pg_ctl'), ['initdb', '-D', data, '-o', '-A trust -N'], as);
    const settings = `-c listen_addresses= -c unix_socket_directories=${data}`;
    await runOk(toolOf('pg_ctl'), ['start', '-w', '-D', data, '-l', join(data, 'log'), '-o', settings], as);
    expect(await runOk(toolOf('pg_ctl'), ['status', '-D', data], as)).toContain('server is running');
    await runOk(toolOf('pg_ctl'), ['stop', '-D', data], as);
  });
});

describe('an entry of the cache', () => {
  const cache = join(directory, 'cache');
  beforeAll(() => vi.stubEnv('BB_CACHE', cache));
  afterEach(() => expect(readdirSync(cache).filter((name) => name.includes('.'))).toEqual([]));
  afterAll(() => vi.unstubAllEnvs());

  it('is there as a whole or not at all', () => {
    const cut = (unfinished: string) => {
      writeFileSync(join(unfinished, 'part'), '');
      expect(existsSync(cached('entry'))).toBe(false);
      throw new Error('cut');
    };
    expect(() => intoCache('entry', cut)).toThrow('cut');
    expect(existsSync(cached('entry'))).toBe(false);
    intoCache('entry', (unfinished) => writeFileSync(join(unfinished, 'all'), ''));
    expect(readdirSync(cached('entry'))).toEqual(['all']);
  });

  it('stays when another process has made it meanwhile', () => {
    intoCache('raced', (unfinished) => {
      writeFileSync(join(unfinished, 'second'), '');
      mkdirSync(cached('raced'));
      writeFileSync(join(cached('raced'), 'first'), '');
    });
    expect(readdirSync(cached('raced'))).toEqual(['first']);
  });
});
