/**
 * A real object store: the RADOS Gateway of Ceph, which speaks S3, with one monitor and one OSD that keeps all in memory.
 * It is made for a test, on 127.0.0.1, and is gone with it (object-store-programs.ts).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { atExit } from './cleanup.ts';
import { removeFolder, temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { runOk } from './run.ts';
import { untilTrue } from './wait.ts';

const GATEWAY = 'client.gateway';
const BUCKET = 'backups';
const ACCESS_KEY = 'bb-access-key';
const SECRET_KEY = 'bb-secret-key';
const REGION = 'us-east-1';
/** A full store would not answer any more. Only what is stored takes memory. */
const MEMORY_BYTES = 4 * 1024 ** 3;
const START_TIMEOUT_MS = 60_000;

/** An object store with a bucket. */
export class ObjectStore {
  /** Where the gateway listens. */
  readonly port: number;
  readonly #folder: string;
  readonly #processes: ChildProcess[] = [];
  readonly #client: S3Client;
  #gateway: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
    this.#client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: REGION,
      forcePathStyle: true,
      credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    });
  }

  /** Makes and starts one, and waits until it serves. */
  static async start(): Promise<ObjectStore> {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
    const folder = temporaryFolder();
    const monitorPort = await freePort();
    const store = new ObjectStore(folder, await freePort());
    await store.#make(monitorPort);
    await store.startGateway();
    await store.#client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return store;
  }

  /** What a program needs to know, besides the URL. */
  get env(): Readonly<Record<string, string>> {
    return {
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The name of a place in the bucket. */
  place(prefix: string): string {
    return `s3://${BUCKET}/${prefix}`;
  }

  /** The same with all that is needed to find the store, perhaps by another way than directly. */
  url(prefix: string, port = this.port): string {
    return `${this.place(prefix)}?endpoint=http://127.0.0.1:${port}&path_style=true`;
  }

  /** The objects in a place, with their sizes, without the prefix. */
  async objects(prefix: string): Promise<Readonly<Record<string, number>>> {
    const command = new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${prefix}/` });
    const { Contents = [] } = await this.#client.send(command);
    return Object.fromEntries(Contents.map(({ Key = '', Size = 0 }) => [Key.slice(prefix.length + 1), Size]));
  }

  /** The objects in a place with uploads that are open, in order. */
  async uploads(prefix: string): Promise<readonly string[]> {
    const command = new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: `${prefix}/` });
    const { Uploads = [] } = await this.#client.send(command);
    return Uploads.map(({ Key = '' }) => Key.slice(prefix.length + 1)).sort();
  }

  async delete(path: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: path }));
  }

  async put(path: string, body: Buffer): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: BUCKET, Key: path, Body: body }));
  }

  /** Starts the gateway again; what is stored is still there. */
  async startGateway(): Promise<void> {
    const gateway = this.#spawn('radosgw', ['-n', GATEWAY, '-f']);
    this.#gateway = gateway;
    await untilTrue('the object store serves', () => this.#accepts(gateway), START_TIMEOUT_MS);
  }

  /** Kills the gateway, with all its connections. */
  async killGateway(): Promise<void> {
    const gateway = this.#gateway;
    if (gateway === undefined || gateway.exitCode !== null) return;
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    for (const child of this.#processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    removeFolder(this.#folder);
  }

  async #make(monitorPort: number): Promise<void> {
    for (const name of ['mon', 'osd', 'gateway']) mkdirSync(join(this.#folder, name));
    const cluster = crypto.randomUUID();
    writeFileSync(join(this.#folder, 'ceph.conf'), this.#configuration(cluster, monitorPort));
    const map = join(this.#folder, 'monmap');
    const address = `[v2:127.0.0.1:${monitorPort}]`;
    await runOk('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', address, map]);
    await this.#run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map]);
    this.#spawn('ceph-mon', ['-f', '-i', 'a']);
    const disk = crypto.randomUUID();
    const id = (await this.#run('ceph', ['osd', 'new', disk])).trim();
    await this.#run('ceph-osd', ['-i', id, '--mkfs', '--osd-uuid', disk]);
    this.#spawn('ceph-osd', ['-f', '-i', id]);
    const user = ['user', 'create', '--uid=bb', '--display-name=bb'];
    const keys = [`--access-key=${ACCESS_KEY}`, `--secret-key=${SECRET_KEY}`];
    await this.#run('radosgw-admin', ['-n', GATEWAY, ...user, ...keys]);
  }

  /** Without authentication between its parts, without replicas, with the shortest waits. */
  #configuration(cluster: string, monitorPort: number): string {
    const lines = {
      global: [
        `fsid = ${cluster}`,
        `mon host = [v2:127.0.0.1:${monitorPort}]`,
        ...['cluster', 'service', 'client'].map((part) => `auth ${part} required = none`),
        'public addr = 127.0.0.1',
        'cluster addr = 127.0.0.1',
        'ms bind msgr1 = false',
        'osd crush chooseleaf type = 0',
        ...['size', 'min size', 'pg num'].map((name) => `osd pool default ${name} = 1`),
        'osd pool default pg autoscale mode = off',
        'mon allow pool size one = true',
        `run dir = ${this.#folder}`,
        `log file = ${this.#folder}/$name.log`,
        'admin socket =',
        'pid file =',
      ],
      mon: [`mon data = ${this.#folder}/mon`, 'paxos propose interval = 0.02'],
      osd: [
        `osd data = ${this.#folder}/osd`,
        'osd objectstore = memstore',
        `memstore device bytes = ${MEMORY_BYTES}`,
      ],
      client: [
        'ms mon client mode = crc', // or the gateway hangs without authentication
        `rgw data = ${this.#folder}/gateway`,
        `rgw frontends = beast endpoint=127.0.0.1:${this.port}`,
        'rgw rados pool pg num min = 1',
        'rgw gc obj min wait = 5',
        'rgw gc processor period = 5',
      ],
    };
    return Object.entries(lines)
      .map(([section, settings]) => `[${section}]\n${settings.join('\n')}\n`)
      .join('');
  }

  #run(program: string, args: readonly string[]): Promise<string> {
    return runOk(program, ['-c', join(this.#folder, 'ceph.conf'), ...args], { timeoutMs: START_TIMEOUT_MS });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.#folder, `${program}.out`), 'a');
    const child = spawn(program, ['-c', join(this.#folder, 'ceph.conf'), ...args], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    const forget = atExit(() => child.kill('SIGKILL'));
    child.once('exit', forget);
    this.#processes.push(child);
    return child;
  }

  #accepts(gateway: ChildProcess): Promise<boolean> {
    if (gateway.exitCode !== null) throw new Error('the gateway of the object store has ended');
    const socket = connect(this.port, '127.0.0.1');
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    }).finally(() => socket.destroy()) as Promise<boolean>;
  }
}
