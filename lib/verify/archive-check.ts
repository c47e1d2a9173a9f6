/** Looks at the members of one archive as its bytes pass, decompressed if need be. */

import { memberPrefix, parseArchiveName } from '../stream/archive-name.ts';
import type { Member } from '../tar/member.ts';
import { MemberNames } from '../tar/member-names.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';

/** Takes a file of the archive. */
export interface MemberSink {
  push(piece: Buffer): void;
  end(): void;
}

/** Is told of members by their paths in the data directory. */
export interface MemberListener {
  /** A file begins; gives whom to tell of its contents. */
  file(path: string, member: Member, archive: string): MemberSink;
  /** A directory or a link. */
  place(path: string, member: Member, archive: string): void;
  /** A member that cannot be beside those before it, and why. */
  clash(path: string, complaint: string): void;
  /** After the end of the archive there are zeros that no tar writer adds. */
  spare(bytes: number, archive: string): void;
}

/** Reads one archive. */
export class ArchiveCheck {
  readonly #name: string;
  readonly #prefix: string;
  readonly #listener: MemberListener;
  readonly #reader: TarReader;
  readonly #names: MemberNames;
  #sink: MemberSink | undefined;

  constructor(name: string, listener: MemberListener) {
    const archive = parseArchiveName(name);
    this.#name = name;
    this.#prefix = archive === undefined ? '' : memberPrefix(archive);
    this.#listener = listener;
    this.#reader = new TarReader(name);
    this.#names = new MemberNames(name);
  }

  /** Takes the next bytes. Throws BackupError for an archive that the server cannot have sent. */
  push(bytes: Buffer): void {
    for (const chunk of this.#reader.push(bytes)) {
      if (chunk.type === 'header') this.#begin(chunk.member);
      else if (chunk.type === 'contents') this.#sink?.push(chunk.bytes);
      else if (chunk.type === 'trailer') this.#end();
    }
  }

  /** Throws BackupError if the archive is cut short. */
  end(): void {
    this.#reader.end();
    const { spareBytes } = this.#reader;
    if (spareBytes > 0) this.#listener.spare(spareBytes, this.#name);
  }

  #begin(member: Member): void {
    const name = safePath(this.#name, member.path);
    const path = this.#prefix + name;
    const complaint = this.#names.add(name, member.kind);
    if (complaint !== undefined) this.#listener.clash(path, complaint);
    else if (member.kind === 'file') this.#sink = this.#listener.file(path, member, this.#name);
    else this.#listener.place(path, member, this.#name);
  }

  #end(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }
}
