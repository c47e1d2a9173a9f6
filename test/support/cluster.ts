/**
 * Temporary database clusters on real servers, for tests, demo and benchmarks: created by initdb, or adopted as a
 * restored data directory; started, queried, stopped, removed. Each has its own directory for socket, log and
 * tablespaces. The address of the server is given on its command line, so that it is not in the backups, and a restored
 * backup is started unchanged.
 */

import { lchownSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type Account, giveToServer, serverAccount } from './account.ts';
import { removeFolder, temporaryFolder } from './folder.ts';
import { type DataDirectoryOptions, initdb } from './initdb.ts';
import { freePort } from './port.ts';
import { Postmaster, type StopMode } from './postmaster.ts';
import { server as defaultServer, type Server } from './servers.ts';

/** Options of a new cluster. */
export interface ClusterOptions extends DataDirectoryOptions {
  /** The server version; that of the devDependency if not given. */
  readonly server?: Server;
  /** Whether to listen on 127.0.0.1 besides the Unix socket. */
  readonly tcp?: boolean;
  /** Whether to listen in the abstract namespace too, under the directory's name after "@"; since version 14. */
  readonly abstract?: boolean;
}

const SHOWN_LOG_LINES = 40;

/** A database cluster with the superuser "postgres". Whoever creates or adopts one must call dispose(). */
export class Cluster {
  readonly server: Server;
  readonly dataDirectory: string;
  /** Holds socket and log, and everything of a new cluster. It is the host to connect to. dispose() removes it. */
  readonly folder: string;
  /** The port of the socket and, with tcp, of 127.0.0.1. */
  readonly port: number;
  readonly #tcp: boolean;
  #abstract = false;
  #postmaster: Postmaster | undefined;

  private constructor(server: Server, dataDirectory: string, folder: string, port: number, tcp: boolean) {
    this.server = server;
    this.dataDirectory = dataDirectory;
    this.folder = folder;
    this.port = port;
    this.#tcp = tcp;
  }

  /** Creates and configures a cluster, and does not start it. */
  static async create(options: ClusterOptions = {}): Promise<Cluster> {
    const server = options.server ?? defaultServer();
    const folder = temporaryFolder();
    giveToServer(folder);
    const data = join(folder, 'data');
    try {
      await initdb(server, data, options);
      const cluster = new Cluster(server, data, folder, await freePort(), options.tcp ?? false);
      cluster.#abstract = options.abstract ?? false;
      return cluster;
    } catch (error) {
      removeFolder(folder);
      throw error;
    }
  }

  /** Takes over an existing data directory whose server is stopped. The directory is never removed. */
  static async adopt(dataDirectory: string, server: Server = defaultServer()): Promise<Cluster> {
    const data = realpathSync(dataDirectory);
    const account = serverAccount();
    if (account !== undefined) for (const root of roots(data)) giveTree(root, account);
    const folder = temporaryFolder();
    giveToServer(folder);
    return new Cluster(server, data, folder, await freePort(), false);
  }

  /** Options that make a client tool or bb-stream connect, over the socket, as the superuser. */
  get connectionOptions(): string[] {
    return ['-h', this.folder, '-p', String(this.port), '-U', 'postgres'];
  }

  /** The postmaster's process id; undefined while the server is stopped. */
  get pid(): number | undefined {
    return this.#postmaster?.running ? this.#postmaster.pid : undefined;
  }

  /** Starts the server and waits until it accepts connections. If it does not, its log is in the error. */
  async start(): Promise<void> {
    const settings = {
      listen_addresses: this.#tcp ? '127.0.0.1' : '',
      unix_socket_directories: this.#abstract ? `${this.folder}, @${this.folder}` : this.folder,
      port: String(this.port),
    };
    const program = join(this.server.programs, 'postgres');
    try {
      this.#postmaster = await Postmaster.start(program, this.dataDirectory, settings, this.#logFile);
    } catch (error) {
      throw new Error(`could not start "${this.dataDirectory}"\n${this.logTail()}`, { cause: error });
    }
  }

  /** Stops the server, if it runs, and waits for its end. */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.#postmaster?.stop(mode);
  }

  /** Stops the server at once and removes its directory. */
  async dispose(): Promise<void> {
    await this.stop('immediate');
    removeFolder(this.folder);
  }

  /** Opens a connection, which the caller ends. */
  async connect(options: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({
      host: this.folder,
      port: this.port,
      user: 'postgres',
      database: 'postgres',
      ...options,
    });
    client.on('error', () => {}); // a server that goes away fails the query at hand; idle, it need not end the process
    await client.connect();
    return client;
  }

  /** Runs SQL in a connection of its own and returns the rows as arrays, those of the last statement if several. */
  async query<Row extends unknown[] = unknown[]>(sql: string, values?: unknown[]): Promise<Row[]> {
    const client = await this.connect();
    try {
      const query = { text: sql, rowMode: 'array' as const, ...(values === undefined ? {} : { values }) };
      const result: pg.QueryArrayResult<Row> | pg.QueryArrayResult<Row>[] = await client.query<Row>(query);
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  /** Creates a directory, and a tablespace of that name in it; or in the given directory. Returns the location. */
  async createTablespace(name: string, location = join(this.folder, name)): Promise<string> {
    mkdirSync(location, { recursive: true });
    giveToServer(location);
    await this.query(`CREATE TABLESPACE ${pg.escapeIdentifier(name)} LOCATION ${pg.escapeLiteral(location)}`);
    return location;
  }

  /** The last lines of the server's log. */
  logTail(lines = SHOWN_LOG_LINES): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-lines).join('\n');
  }

  get #logFile(): string {
    return join(this.folder, 'log');
  }
}

/** A data directory, its WAL directory and its tablespaces. */
function roots(data: string): string[] {
  const tablespaces = readdirSync(join(data, 'pg_tblspc')).map((name) => join('pg_tblspc', name));
  return [data, ...['pg_wal', ...tablespaces].map((name) => realpathSync(join(data, name)))];
}

function giveTree(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTree(join(path, name), account);
}
