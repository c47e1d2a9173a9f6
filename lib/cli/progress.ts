/**
 * How far a backup has come, on standard error: under -P a bar that is redrawn on a terminal, or a line every
 * few seconds where there is none; one JSON object a line with --progress=json; one line on SIGUSR1 always.
 */

import { isatty } from 'node:tty';
import { MANIFEST, parseArchiveName } from '../backup/archive.ts';
import type { Frame } from '../backup/frame.ts';
import { lines, text } from '../terminal/text.ts';
import { jsonText } from '../terminal/visible.ts';
import { writeError } from './messages.ts';
import { answerSigusr1 } from './signals.ts';
import { formatDuration, formatSize } from './units.ts';

const STDERR = 2;
const REDRAW_MS = 500;
const LINE_MS = 5000;
const BAR_COLUMNS = 24;

/** How progress is shown: only when asked by SIGUSR1, for people, or for programs. */
export type ProgressForm = 'none' | 'text' | 'json';

/** A snapshot of a backup on its way. */
export interface ProgressState {
  /** Bytes of archives, before their compression where the server tells of it. */
  readonly bytes: number;
  /** The server's estimate, or `bytes` once there are more; undefined where there is none. */
  readonly total: number | undefined;
  readonly seconds: number;
  readonly archive: string | undefined;
}

/** What the bytes of the current archive are taken from. */
type Counted = 'contents' | 'server' | 'nothing';

/** Of a compressed archive, the server's own count; WAL streamed beside the backup is not in its estimate either. */
function counted(archive: string): Counted {
  const { kind, compression } = parseArchiveName(archive) ?? {};
  if (kind === 'wal') return 'nothing';
  return compression === undefined ? 'contents' : 'server';
}

/** Watches frames pass and tells how far they have come. */
export class Progress {
  readonly #tool: string;
  readonly #form: ProgressForm;
  readonly #terminal = isatty(STDERR);
  readonly #begun = process.hrtime.bigint();
  #bytes = 0;
  #total: number | undefined;
  #archive: string | undefined;
  #counted: Counted = 'nothing';

  constructor(tool: string, form: ProgressForm) {
    this.#tool = tool;
    this.#form = form;
    // From the start: without a listener, Node.js opens its debugger on this signal.
    answerSigusr1(() => writeError(text`${tool}: ${progressLine(this.#state())}\n`));
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

  async *#watch<Item>(
    items: AsyncIterable<Item>,
    note: (item: Item) => void,
  ): AsyncGenerator<Item, void, undefined> {
    const redraws = this.#form === 'text' && this.#terminal;
    const timer = setInterval(() => this.#show(), redraws ? REDRAW_MS : LINE_MS).unref();
    try {
      for await (const item of items) {
        note(item);
        yield item;
      }
    } finally {
      clearInterval(timer);
      this.#show();
      if (redraws) writeError(text`\n`);
    }
  }

  #note(frame: Frame): void {
    switch (frame.type) {
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

  #state(): ProgressState {
    const seconds = Number(process.hrtime.bigint() - this.#begun) / 1e9;
    // The estimate leaves out WAL in base.tar, and the cluster grows; see progress_report() in pg_basebackup.c.
    const total = this.#total === undefined ? undefined : Math.max(this.#total, this.#bytes);
    return { bytes: this.#bytes, total, seconds, archive: this.#archive };
  }

  #show(): void {
    if (this.#form === 'none') return;
    if (this.#form === 'json') writeError(lines([jsonText(this.#state())]));
    else if (this.#terminal) writeError(text`\r${progressBar(this.#state())}\x1b[K`);
    else writeError(text`${this.#tool}: ${progressLine(this.#state())}\n`);
  }
}

/** "1.2 GB of 2.8 GB (43%), 310 MB/s, 0:05 left, base.tar". */
export function progressLine(state: ProgressState): string {
  const { bytes, total, seconds, archive } = state;
  const rate = seconds > 0 ? bytes / seconds : 0;
  const parts = [
    total === undefined
      ? formatSize(bytes)
      : `${formatSize(bytes)} of ${formatSize(total)} (${percent(bytes, total)}%)`,
  ];
  parts.push(`${formatSize(rate)}/s`);
  if (total !== undefined && rate > 0) parts.push(`${formatDuration((total - bytes) / rate)} left`);
  if (archive !== undefined) parts.push(archive);
  return parts.join(', ');
}

function progressBar(state: ProgressState): string {
  if (state.total === undefined) return progressLine(state);
  const filled = Math.round((percent(state.bytes, state.total) / 100) * BAR_COLUMNS);
  return `[${'='.repeat(filled).padEnd(BAR_COLUMNS)}] ${progressLine(state)}`;
}

function percent(bytes: number, total: number): number {
  return total === 0 ? 100 : Math.floor((100 * bytes) / total);
}
