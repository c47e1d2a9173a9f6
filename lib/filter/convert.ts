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

/** An archive that is converted. */
interface Converted {
  readonly conversion: Conversion;
  before: number;
  after: number;
}

class Converter {
  readonly #plan: Plan;
  /** Those that have begun and not ended, by their names. */
  readonly #open = new Map<string, Converted>();
  #current: Converted | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The archive begins, or is resumed. */
  async begin(frame: ArchiveFrame): Promise<Frame> {
    const { name, location, resumed } = frame;
    if (!resumed) await this.#openCodec(name);
    this.#current = this.#open.get(name);
    if (this.#current === undefined) return frame;
    return { type: 'archive', name: this.#current.conversion.name, location, resumed };
  }

  /** Contents of the archive or manifest that began last, converted. */
  async *data(frame: DataFrame): AsyncGenerator<Frame, void, undefined> {
    const current = this.#current;
    if (current === undefined) return yield frame;
    current.before += frame.bytes;
    for (const part of frame.parts) yield* count(current, current.conversion.codec.push(part));
  }

  /** What follows does not belong to an archive. */
  interrupt(): void {
    this.#current = undefined;
  }

  /** What the codec still holds, and the end of the archive. */
  async *end(frame: ArchiveEndFrame): AsyncGenerator<Frame, void, undefined> {
    const converted = this.#open.get(frame.name);
    if (converted === undefined) return yield frame;
    const { name, codec, done } = converted.conversion;
    let interrupted = converted !== this.#current;
    for await (const rest of count(converted, codec.end())) {
      if (interrupted) yield { type: 'archive', name, location: '', resumed: true };
      interrupted = false;
      yield rest;
    }
    codec.close();
    this.#open.delete(frame.name);
    done?.(converted.before, converted.after);
    yield { type: 'archive-end', name };
  }

  close(): void {
    for (const { conversion } of this.#open.values()) conversion.codec.close();
  }

  async #openCodec(name: string): Promise<void> {
    const conversion = await this.#plan(name);
    if (conversion !== undefined) this.#open.set(name, { conversion, before: 0, after: 0 });
  }
}

async function* count(
  converted: Converted,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Frame, void, undefined> {
  for await (const piece of pieces) {
    converted.after += piece.length;
    yield { type: 'data', parts: [piece], bytes: piece.length };
  }
}
