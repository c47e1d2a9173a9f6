/** How far a backup has come, counted from the frames that pass. */

import { MANIFEST, parseArchiveName } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import type { Messages } from '../terminal/messages.ts';
import { ProgressDisplay, type ProgressForm } from '../terminal/progress-display.ts';
import type { ProgressState, Waiting } from '../terminal/progress-line.ts';

/** What the bytes of the current archive are taken from. */
type Counted = 'contents' | 'server' | 'nothing';

/** For a compressed archive, the server's count; streamed WAL is not counted, as it is not in the server's estimate. */
function counted(archive: string): Counted {
  const { kind, compression } = parseArchiveName(archive) ?? {};
  if (kind === 'wal') return 'nothing';
  return compression === undefined ? 'contents' : 'server';
}

/** Watches frames pass and shows how far the backup has come. */
export class Progress {
  readonly #display: ProgressDisplay;
  readonly #begun = process.hrtime.bigint();
  #bytes = 0;
  #total: number | undefined;
  #archive: string | undefined;
  #counted: Counted = 'nothing';
  #waiting = false;

  constructor(messages: Messages, form: ProgressForm) {
    this.#display = new ProgressDisplay(messages, form, this);
  }

  /** Forwards every frame, and shows progress until the last one or an error. */
  watch(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void, undefined> {
    return this.#watch(frames, (frame) => this.#note(frame));
  }

  /** The same for bytes that are no backup. */
  watchBytes(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    return this.#watch(chunks, (chunk) => {
      this.#bytes += chunk.length;
    });
  }

  async *#watch<Item extends Frame | Buffer>(
    items: AsyncIterable<Item>,
    note: (item: Item) => void,
  ): AsyncGenerator<Item, void, undefined> {
    // A bar waits for the first bytes: until then, a tool of the pipeline may ask for a password.
    if (!this.#display.mayDraw) this.#display.begin();
    try {
      for await (const item of items) {
        this.#display.begin();
        note(item);
        // The reader of our output may write to the terminal when the backup has ended.
        if ('type' in item && item.type === 'end') await this.#display.end();
        yield item;
      }
    } finally {
      await this.#display.end();
    }
  }

  #note(frame: Frame): void {
    switch (frame.type) {
      case 'parameter':
        this.#waiting = true;
        break;
      case 'start':
        this.#waiting = false;
        break;
      case 'tablespace':
        if (frame.kilobytes !== null) this.#total = (this.#total ?? 0) + frame.kilobytes * 1024;
        break;
      case 'archive':
        this.#archive = frame.name;
        this.#counted = counted(frame.name);
        break;
      case 'manifest':
        this.#archive = MANIFEST;
        this.#counted = 'nothing';
        break;
      case 'data':
        if (this.#counted === 'contents') this.#bytes += frame.bytes;
        break;
      case 'progress':
        if (this.#counted === 'server') this.#bytes = Number(frame.bytes);
        break;
    }
  }

  /** What is shown. */
  state(): ProgressState {
    const seconds = Number(process.hrtime.bigint() - this.#begun) / 1e9;
    // The estimate leaves out WAL in base.tar, and the cluster grows; see progress_report() in pg_basebackup.c.
    const total = this.#total === undefined ? undefined : Math.max(this.#total, this.#bytes);
    return { bytes: this.#bytes, total, seconds, archive: this.#archive };
  }

  waiting(): Waiting {
    return this.#waiting ? 'waiting for checkpoint' : undefined;
  }

  async drawsLater(): Promise<boolean | undefined> {
    return (await import('./later-tools.ts')).drawsLater();
  }
}
