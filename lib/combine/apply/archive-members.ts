/** An archive, not compressed, as its members: bytes in; what takes the contents of each member is asked for. */

import type { ContentsSink } from '../../store/file-writer.ts';
import type { Member } from '../../tar/member.ts';
import { TarReader } from '../../tar/reader.ts';
import { ROOT, safePath } from '../../tar/safe-path.ts';

/** Is told of each member, by its path in the archive. Undefined for contents that nobody wants. */
export type BeginMember = (path: string, member: Member) => ContentsSink | undefined;

/** Reads one archive. */
export class ArchiveMembers implements ContentsSink {
  readonly #archive: string;
  readonly #reader: TarReader;
  readonly #begin: BeginMember;
  #contents: ContentsSink | undefined;
  /** Contents that have come and not been handed on, to be written together. */
  #pieces: Buffer[] = [];

  constructor(archive: string, begin: BeginMember) {
    this.#archive = archive;
    this.#reader = new TarReader(archive);
    this.#begin = begin;
  }

  push(parts: readonly Buffer[]): void {
    for (const part of parts)
      for (const chunk of this.#reader.push(part)) {
        if (chunk.type === 'contents') this.#pieces.push(chunk.bytes);
        else if (chunk.type === 'header') this.#header(chunk.member);
        else if (chunk.type === 'trailer') this.#trailer();
      }
    this.#handOn();
  }

  /** The archive is complete. Throws BackupError if it is cut short. */
  end(): void {
    this.#reader.end();
  }

  #header(member: Member): void {
    const path = safePath(this.#archive, member.path);
    this.#contents = path === ROOT ? undefined : this.#begin(path, member);
  }

  #trailer(): void {
    this.#handOn();
    this.#contents?.end();
    this.#contents = undefined;
  }

  #handOn(): void {
    if (this.#pieces.length > 0) this.#contents?.push(this.#pieces);
    this.#pieces = [];
  }
}
