/** The ways of editing a member of a tar archive. Its header changes where it must, and nowhere else. */

import assert from 'node:assert';
import type { MemberEdit } from './editor.ts';
import { resizedHeader, retargetedHeader } from './header-edit.ts';
import { paddingBytes } from './member.ts';

/** Changes contents as they pass. */
export interface ContentsEditor {
  /** The piece is valid during the call only. */
  push(piece: Buffer): Iterable<Buffer>;
  /** The contents are over. */
  end(): void;
}

/** A symbolic link that is to point elsewhere. */
export class RetargetedLink implements MemberEdit {
  readonly #target: string;

  constructor(target: string) {
    this.#target = target;
  }

  header(header: Buffer): readonly Buffer[] {
    return [retargetedHeader(header, this.#target)];
  }

  contents(): readonly Buffer[] {
    return [];
  }

  trailer(): readonly Buffer[] {
    return [];
  }
}

/** A small file, which is held in memory until it is complete. */
export class ReplacedFile implements MemberEdit {
  readonly #edit: (contents: Buffer) => Buffer;
  #header: Buffer = Buffer.alloc(0);
  readonly #pieces: Buffer[] = [];

  /** `edit` returns its argument itself if the contents do not change. */
  constructor(edit: (contents: Buffer) => Buffer) {
    this.#edit = edit;
  }

  header(header: Buffer): readonly Buffer[] {
    this.#header = Buffer.from(header);
    return [];
  }

  contents(piece: Buffer): readonly Buffer[] {
    this.#pieces.push(Buffer.from(piece));
    return [];
  }

  trailer(padding: Buffer): readonly Buffer[] {
    const before = Buffer.concat(this.#pieces);
    const after = this.#edit(before);
    if (after === before) return [this.#header, before, padding];
    return [resizedHeader(this.#header, after.length), after, Buffer.alloc(paddingBytes(after.length))];
  }
}

/** A file of any size, whose new size is known in advance. */
export class RewrittenFile implements MemberEdit {
  readonly #size: number;
  readonly #editor: ContentsEditor;
  #written = 0;

  constructor(size: number, editor: ContentsEditor) {
    this.#size = size;
    this.#editor = editor;
  }

  header(header: Buffer): readonly Buffer[] {
    return [resizedHeader(header, this.#size)];
  }

  contents(piece: Buffer): readonly Buffer[] {
    const pieces = [...this.#editor.push(piece)];
    for (const { length } of pieces) this.#written += length;
    return pieces;
  }

  trailer(): readonly Buffer[] {
    this.#editor.end();
    assert(this.#written === this.#size, 'a file has another size than was said');
    return [Buffer.alloc(paddingBytes(this.#size))];
  }
}
