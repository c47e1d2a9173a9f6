/**
 * The commands of one backup: which of them gets what. WAL that is streamed beside the backup comes in turns with the
 * rest, so its command runs to the end; each of the others has ended before the next is started.
 */

import assert from 'node:assert';
import { MANIFEST, parseArchiveName } from '../../stream/archive-name.ts';
import type { ArchiveFrame } from '../../stream/frame.ts';
import { Turns } from '../../stream/turns.ts';
import { TarReader } from '../../tar/reader.ts';
import type { Receiver } from '../receive.ts';
import { Command } from './command.ts';
import { HeldManifest } from './held-manifest.ts';

/** A command and the archive that it is given, which is read along: it must be a tar to its last block. */
interface Recipient {
  readonly command: Command;
  /** Undefined if it is compressed. */
  readonly tar: TarReader | undefined;
}

/** Starts commands and feeds them. If anything throws, they must be stopped. */
export class Commands implements Receiver {
  readonly #line: string;
  readonly #turns = new Turns<Recipient | HeldManifest>();
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
    await this.#end(this.#turns.leave());
    if (this.#turns.resume(frame.name) === undefined) this.#turns.begin(frame.name, this.#start(frame));
  }

  async beginManifest(): Promise<void> {
    await this.#end(this.#turns.leave());
    this.#manifest = await HeldManifest.open();
    this.#turns.begin(MANIFEST, this.#manifest);
  }

  async write(parts: readonly Buffer[]): Promise<void> {
    const { current } = this.#turns;
    assert(current !== undefined, 'contents of nothing');
    if (current instanceof HeldManifest) return current.write(parts);
    for (const part of parts) current.tar?.check(part);
    await current.command.write(parts);
  }

  /** All archives have come. Throws BackupError if one of them has not, TroubleError if a command has failed. */
  async endArchives(): Promise<void> {
    for (const left of this.#turns.finish()) await this.#end(left);
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

  /** The manifest has not reached its command yet. */
  async #end(left: Recipient | HeldManifest | undefined): Promise<void> {
    if (left === undefined || left instanceof HeldManifest) return;
    const { command, tar } = left;
    tar?.end();
    await command.end();
    this.#running.delete(command);
  }
}
