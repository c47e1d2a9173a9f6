/**
 * Archives to other archives, each through a codec of its own: compressed, or decompressed. All other frames
 * pass, and so do archives that no codec is wanted for.
 *
 * What a codec still holds comes before the end of its archive. If pg_wal.tar was interrupted by then, the archive is
 * resumed for it.
 */

import type { Codec } from '../compress/codec.ts';
import type { ArchiveEndFrame, ArchiveFrame, DataFrame, Filter, Frame } from '../stream/frame.ts';

/** What becomes of an archive. */
export interface Conversion {
  /** The name of what comes out. */
  readonly name: string;
  readonly codec: Codec;
  /** Called when the archive has ended, with its bytes before and after. */
  readonly done?: (before: number, after: number) => void;
}

/** Chooses for an archive, by its name; undefined to leave it as it is. */
export type Plan = (name: string) => Promise<Conversion | undefined>;

/** Converts the archives for which there is a plan. Throws what the codecs throw. */
export function convertArchives(plan: Plan): Filter {
  return async function* (frames) {
    const converter = new Converter(plan);
    try {
      for await (const frame of frames) {
        switch (frame.type) {
          case 'archive':
            yield await converter.begin(frame);
            break;
          case 'data':
            yield* converter.data(frame);
            break;
          case 'archive-end':
            yield* converter.end(frame);
            break;
          case 'manifest':
            converter.interrupt();
            yield frame;
            break;
          default:
            yield frame;
        }
      }
    } finally {
      converter.close();
    }
  };
}

/** An archive on its way through its codec. */
class OpenArchive {
  readonly #conversion: Conversion;
  #before = 0;
  #after = 0;

  constructor(conversion: Conversion) {
    this.#conversion = conversion;
  }

  /** The name of what comes out. */
  get name(): string {
    return this.#conversion.name;
  }

  async *push({ parts, bytes }: DataFrame): AsyncGenerator<DataFrame, void, undefined> {
    this.#before += bytes;
    for (const part of parts) yield* this.#count(this.#conversion.codec.push(part));
  }

  /** What the codec still holds; then the codec is closed. */
  async *end(): AsyncGenerator<DataFrame, void, undefined> {
    yield* this.#count(this.#conversion.codec.end());
    this.close();
  }

  /** Says how many bytes there were. To be called after the end. */
  report(): void {
    this.#conversion.done?.(this.#before, this.#after);
  }

  close(): void {
    this.#conversion.codec.close();
  }

  async *#count(pieces: AsyncIterable<Buffer>): AsyncGenerator<DataFrame, void, undefined> {
    for await (const piece of pieces) {
      this.#after += piece.length;
      yield { type: 'data', parts: [piece], bytes: piece.length };
    }
  }
}

class Converter {
  readonly #plan: Plan;
  /** Those that have begun and not ended, by their names before. */
  readonly #open = new Map<string, OpenArchive>();
  #current: OpenArchive | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The archive begins, or is resumed. */
  async begin(frame: ArchiveFrame): Promise<Frame> {
    const { name, location, resumed } = frame;
    if (!resumed) await this.#openCodec(name);
    this.#current = this.#open.get(name);
    if (this.#current === undefined) return frame;
    return { type: 'archive', name: this.#current.name, location, resumed };
  }

  /** Contents of the archive or manifest that began last, converted. */
  async *data(frame: DataFrame): AsyncGenerator<Frame, void, undefined> {
    if (this.#current === undefined) yield frame;
    else yield* this.#current.push(frame);
  }

  /** What follows does not belong to an archive. */
  interrupt(): void {
    this.#current = undefined;
  }

  /** What the codec still holds, and the end of the archive. */
  async *end(frame: ArchiveEndFrame): AsyncGenerator<Frame, void, undefined> {
    const archive = this.#open.get(frame.name);
    if (archive === undefined) return yield frame;
    const { name } = archive;
    let interrupted = archive !== this.#current;
    for await (const rest of archive.end()) {
      if (interrupted) yield { type: 'archive', name, location: '', resumed: true };
      interrupted = false;
      yield rest;
    }
    this.#open.delete(frame.name);
    archive.report();
    yield { type: 'archive-end', name };
  }

  close(): void {
    for (const archive of this.#open.values()) archive.close();
  }

  async #openCodec(name: string): Promise<void> {
    const conversion = await this.#plan(name);
    if (conversion !== undefined) this.#open.set(name, new OpenArchive(conversion));
  }
}
