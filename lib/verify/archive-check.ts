/** Looks at the members of one archive as its bytes pass, decompressed if need be. */

import { memberPrefix, parseArchiveName } from '../backup/archive.ts';
import type { Member } from '../tar/member.ts';
import { TarReader } from '../tar/reader.ts';
import { safePath } from '../tar/safe-path.ts';

/** Takes a file of the archive. */
export interface MemberSink {
  push(piece: Buffer): void;
  end(): void;
}

/** Gives whom to tell of a file, by its path in the data directory. */
export type OpenMember = (path: string, member: Member, archive: string) => MemberSink;

/** Reads one archive. */
export class ArchiveCheck {
  readonly #name: string;
  readonly #prefix: string;
  readonly #open: OpenMember;
  readonly #reader: TarReader;
  #sink: MemberSink | undefined;

  constructor(name: string, open: OpenMember) {
    const archive = parseArchiveName(name);
    this.#name = name;
    this.#prefix = archive === undefined ? '' : memberPrefix(archive);
    this.#open = open;
    this.#reader = new TarReader(name);
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
  }

  #begin(member: Member): void {
    const path = safePath(this.#name, member.path);
    if (member.kind === 'file') this.#sink = this.#open(this.#prefix + path, member, this.#name);
  }

  #end(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }
}
