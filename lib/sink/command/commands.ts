/**
 * The commands of one backup: which of them gets what. WAL that is streamed beside the backup comes in turns with the
 * rest, so its command runs to the end; each of the others has ended before the next is started.
 */

import assert from 'node:assert';
import { MANIFEST, parseArchiveName } from '../../backup/archive.ts';
import type { ArchiveFrame } from '../../backup/frame.ts';
import { TarReader } from '../../tar/reader.ts';
import { Command } from './command.ts';
import { HeldManifest } from './held-manifest.ts';

/** A command and the archive that it is given, which is read along: it must be a tar to its last block. */
interface Recipient {
  readonly command: Command;
  /** Undefined if it is compressed. */
  readonly tar: TarReader | undefined;
}

/** Starts commands and feeds them. If anything throws, they must be stopped. */
export class Commands {
  readonly #line: string;
  #current: Recipient | HeldManifest | undefined;
  #wal: Recipient | undefined;
  #manifest: HeldManifest | undefined;
  /** Those that have not ended. */
  readonly #running = new Set<Command>();
  #archives = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** How many have been begun. */
  get archives(): number {
    return this.#archives;
  }

  async beginArchive(frame: ArchiveFrame): Promise<void> {
    await this.#leave();
    const isWal = parseArchiveName(frame.name)?.kind === 'wal';
    this.#current = (isWal ? this.#wal : undefined) ?? this.#start(frame);
    if (isWal) this.#wal = this.#current;
  }

  async beginManifest(): Promise<void> {
    await this.#leave();
    this.#manifest = await HeldManifest.open();
    this.#current = this.#manifest;
  }

  async write(parts: readonly Buffer[]): Promise<void> {
    assert(this.#current !== undefined, 'contents of nothing');
    if (this.#current instanceof HeldManifest) return this.#current.write(parts);
    for (const part of parts) this.#current.tar?.check(part);
    await this.#current.command.write(parts);
  }

  /** All archives have come. Throws BackupError if one of them has not, TroubleError if a command has failed. */
  async endArchives(): Promise<void> {
    await this.#leave();
    if (this.#wal !== undefined) await this.#end(this.#wal);
  }

  /** Does the last step, if there is a manifest. */
  async runManifest(): Promise<void> {
    if (this.#manifest === undefined) return;
    const command = this.#run({ FILE: MANIFEST, ARCHIVE: '', LOCATION: '', OID: '' });
    for (const piece of this.#manifest.pieces()) await command.write([piece]);
    await this.#end({ command, tar: undefined });
  }

  /** Makes what is waited for throw. */
  interrupt(reason: Error): void {
    for (const command of this.#running) command.interrupt(reason);
  }

  /** Stops those that are running, by this signal if they heed it. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    await Promise.all([...this.#running].map((command) => command.stop(signal)));
  }

  async close(): Promise<void> {
    await this.#manifest?.close();
  }

  #start({ name, location }: ArchiveFrame): Recipient {
    const { oid = '', compression } = parseArchiveName(name) ?? {};
    this.#archives++;
    return {
      command: this.#run({ FILE: name, ARCHIVE: name, LOCATION: location, OID: String(oid) }),
      tar: compression === undefined ? new TarReader(name) : undefined,
    };
  }

  #run(variables: ConstructorParameters<typeof Command>[1]): Command {
    const command = new Command(this.#line, variables);
    this.#running.add(command);
    return command;
  }

  /** Ends what is behind us, except WAL, which may go on later. */
  async #leave(): Promise<void> {
    const left = this.#current;
    this.#current = undefined;
    if (left !== undefined && !(left instanceof HeldManifest) && left !== this.#wal) await this.#end(left);
  }

  async #end({ command, tar }: Recipient): Promise<void> {
    tar?.end();
    await command.end();
    this.#running.delete(command);
  }
}
