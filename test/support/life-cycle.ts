/**
 * The life cycle of frames (lib/stream/frame.ts): archives and the manifest begin and end, contents come between, only
 * pg_wal.tar is interrupted and resumed, and the end comes last. Wrapped around sources and filters in tests.
 */

import { AssertionError } from 'node:assert';
import type { Frame } from '../../lib/stream/frame.ts';

/** Forwards every frame. Throws AssertionError for one that is out of place, or if one comes after the end. */
export async function* lifeCycle(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void, undefined> {
  const state = new State();
  for await (const frame of frames) {
    const complaint = state.frame(frame);
    if (complaint !== undefined) {
      throw new AssertionError({ message: `frame of type ${frame.type}: ${complaint}` });
    }
    yield frame;
  }
}

/** What is between its beginning and its end. */
class State {
  /** The archive that only its end may follow, or the manifest as "". */
  #current: string | undefined;
  #wal: string | undefined;
  #inWal = false;
  #ended = false;

  /** What is wrong with the frame, if anything is. */
  frame(frame: Frame): string | undefined {
    if (this.#ended) return 'comes after the end';
    switch (frame.type) {
      case 'archive':
        return this.#archive(frame.name, frame.resumed);
      case 'archive-end':
        return this.#archiveEnd(frame.name);
      case 'manifest':
        if (this.#current !== undefined) return 'begins inside something else';
        this.#current = '';
        this.#inWal = false;
        return undefined;
      case 'manifest-end':
        return this.#end('');
      case 'data':
        return this.#current === undefined && !this.#inWal ? 'belongs to nothing' : undefined;
      case 'copy-done':
      case 'stop':
      case 'end':
        this.#ended = frame.type === 'end';
        return this.#current === undefined && this.#wal === undefined ? undefined : 'comes before the ends';
      default:
        return undefined;
    }
  }

  #archive(name: string, resumed: boolean): string | undefined {
    if (this.#current !== undefined) return 'begins inside something else';
    this.#inWal = name.includes('pg_wal.tar');
    if (resumed) return this.#wal === name ? undefined : 'resumes what has not begun';
    if (this.#inWal && this.#wal !== undefined) return 'begins a second time';
    if (this.#inWal) this.#wal = name;
    else this.#current = name;
    return undefined;
  }

  #archiveEnd(name: string): string | undefined {
    if (name !== this.#wal) return this.#end(name);
    this.#wal = undefined;
    this.#inWal = false;
    return this.#current === undefined ? undefined : 'comes inside something else';
  }

  #end(name: string): string | undefined {
    if (this.#current !== name) return 'ends what has not begun';
    this.#current = undefined;
    return undefined;
  }
}
