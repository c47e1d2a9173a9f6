/** Takes from an archive the part that is wanted: all of it, one file, or nothing. The archive must be well-formed. */

import { nameAsArgument } from '../io/file-name.ts';
import { memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { MemberNames } from '../tar/member-names.ts';
import { TarReader } from '../tar/reader.ts';

/** One archive. */
export class PartOfArchive {
  readonly name: string;
  readonly #wanted: string;
  readonly #prefix: string;
  readonly #names: MemberNames;
  /** Undefined for a compressed archive, which is not looked into. */
  readonly #reader: TarReader | undefined;
  /** Whether the contents at hand are those of the file. */
  #inFile = false;
  #found: boolean;

  /** The part is the name of an archive, or the path of a file in the data directory. */
  constructor(name: string, wanted: string) {
    const archive = parseArchiveName(name);
    this.name = name;
    this.#wanted = wanted;
    this.#prefix = archive === undefined ? '' : memberPrefix(archive);
    this.#reader = archive?.compression === undefined ? new TarReader(name) : undefined;
    this.#names = new MemberNames(name);
    this.#found = name === wanted;
  }

  /** Whether the part was in what has been pushed. */
  get found(): boolean {
    return this.#found;
  }

  /** What of the part is in these bytes. */
  push(parts: readonly Buffer[]): readonly Buffer[] {
    const pieces: Buffer[] = [];
    for (const part of parts) {
      if (this.#reader !== undefined) pieces.push(...this.#pieces(this.#reader, part));
    }
    return this.name === this.#wanted ? parts : pieces;
  }

  /** Throws BackupError if the archive is cut short. */
  end(): void {
    this.#reader?.end();
  }

  *#pieces(reader: TarReader, bytes: Buffer): Generator<Buffer, void, undefined> {
    for (const chunk of reader.push(bytes)) {
      if (chunk.type === 'header') {
        this.#begin(chunk.member);
      } else if (chunk.type === 'contents' && this.#inFile) yield chunk.bytes;
    }
  }

  #begin(member: Member): void {
    const path = this.#names.take(member);
    this.#inFile = member.kind === 'file' && this.#prefix + nameAsArgument(path) === this.#wanted;
    this.#found ||= this.#inFile;
  }
}
