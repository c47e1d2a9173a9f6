/** Looks at the members of one archive: its bytes in, members with their paths in the data directory out. */

import { memberPrefix, parseArchiveName } from '../../stream/archive-name.ts';
import type { Member } from '../../tar/member.ts';
import { MemberNames } from '../../tar/member-names.ts';
import { TarReader } from '../../tar/reader.ts';
import { safePath } from '../../tar/safe-path.ts';
import type { FoundName } from '../records/found-backup.ts';

/** Takes a file of the archive. */
export interface MemberSink {
  push(piece: Buffer): void;
  end(): void;
}

/** Is told of members. */
export interface MemberListener {
  /** A file begins; gives what takes its contents. */
  file(path: string, member: Member, archive: string): MemberSink;
  /** Anything else that has a name. */
  found(name: FoundName): void;
}

/** Reads one archive. */
export class ArchiveMembers {
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
    if (spareBytes > 0) this.#listener.found({ type: 'zeros', archive: this.#name, bytes: spareBytes });
  }

  #begin(member: Member): void {
    const archive = this.#name;
    const { kind, linkTarget: target = '' } = member;
    const name = safePath(archive, member.path);
    const path = this.#prefix + name;
    const complaint = this.#names.add(name, kind);
    if (complaint !== undefined) this.#listener.found({ type: 'misplaced', path, complaint, archive });
    else if (kind === 'file') this.#sink = this.#listener.file(path, member, archive);
    else if (kind === 'directory') this.#listener.found({ type: 'directory', path, archive });
    else this.#listener.found({ type: 'link', path, target, leadsTo: () => false, archive });
  }

  #end(): void {
    this.#sink?.end();
    this.#sink = undefined;
  }
}
