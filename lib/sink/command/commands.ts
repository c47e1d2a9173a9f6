/**
 * The commands of one backup: which of them gets what. The command of WAL that is streamed beside the backup runs to
 * the end, since the others may interrupt it; each of those has ended before the next is started.
 */

import assert from 'node:assert';
import { MANIFEST, parseArchiveName } from '../../stream/archive-name.ts';
import type { ArchiveFrame } from '../../stream/frame.ts';
import type { Receiver } from '../receive.ts';
import { WholeArchive } from '../whole-archive.ts';
import { Command } from './command.ts';
import { HeldManifest } from './held-manifest.ts';

/** A command and the archive that it is given, which is read along. */
class Recipient {
  readonly command: Command;
  readonly #whole: WholeArchive;

  constructor(command: Command, archive: string) {
    this.command = command;
    this.#whole = new WholeArchive(archive);
  }

  async push(parts: readonly Buffer[]): Promise<void> {
    this.#whole.push(parts);
    await this.command.push(parts);
  }

  /** Throws BackupError if the archive is not whole, TroubleError if the command has failed. */
  async end(): Promise<void> {
    this.#whole.end();
    await this.command.end();
  }
}

/** Starts commands and feeds them. If anything throws, they must be stopped. */
export class Commands implements Receiver {
  readonly #line: string;
  /** Those that have not ended, by the names of their archives. */
  readonly #open = new Map<string, Recipient>();
  /** The names of those whose archive is complete. */
  readonly #complete: string[] = [];
  /** What takes the contents that come. */
  #current: Pick<Receiver, 'push'> | undefined;
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
    await this.endArchives();
    if (!frame.resumed) this.#open.set(frame.name, this.#start(frame));
    this.#current = this.#open.get(frame.name);
  }

  /** Its command is told so when something else begins, or the backup is whole: the last one is not told too early. */
  endArchive(name: string): void {
    this.#complete.push(name);
  }

  /**
   * Ends the commands of complete archives. Throws BackupError for an archive that is not whole, TroubleError for a
   * command that has failed.
   */
  async endArchives(): Promise<void> {
    for (const name of this.#complete.splice(0)) await this.#end(name);
  }

  async beginManifest(): Promise<void> {
    await this.endArchives();
    this.#manifest = await HeldManifest.open();
    this.#current = this.#manifest;
  }

  endManifest(): void {}

  async push(parts: readonly Buffer[]): Promise<void> {
    assert(this.#current !== undefined, 'contents of nothing');
    await this.#current.push(parts);
  }

  /** Does the last step, if there is a manifest. */
  async runManifest(): Promise<void> {
    if (this.#manifest === undefined) return;
    const command = this.#run({ FILE: MANIFEST, ARCHIVE: '', LOCATION: '', OID: '' });
    for (const piece of this.#manifest.pieces()) await command.push([piece]);
    await command.end();
    this.#running.delete(command);
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
    const { oid = '' } = parseArchiveName(name) ?? {};
    this.#archives++;
    const command = this.#run({ FILE: name, ARCHIVE: name, LOCATION: location, OID: String(oid) });
    return new Recipient(command, name);
  }

  #run(variables: ConstructorParameters<typeof Command>[1]): Command {
    const command = new Command(this.#line, variables);
    this.#running.add(command);
    return command;
  }

  async #end(name: string): Promise<void> {
    const recipient = this.#open.get(name);
    assert(recipient !== undefined, 'end of an archive that has not begun');
    this.#open.delete(name);
    await recipient.end();
    this.#running.delete(recipient.command);
  }
}
