/**
 * Archives to other archives, each through a codec of its own: compressed, or decompressed. All other frames
 * pass, and so do archives that no codec is wanted for.
 *
 * An archive ends where the next one or the manifest begins, or the copy ends; what its codec still holds comes
 * before that. The codec of pg_wal.tar stays open when others come between, and the rest of it comes at the end of
 * the copy, as one more part of it.
 */

import type { Codec } from '../compress/codec.ts';
import type { ArchiveFrame, DataFrame, Frame } from '../stream/frame.ts';
import { Turns } from '../stream/turns.ts';

/** What becomes of an archive. */
export interface Conversion {
  /** The name of what comes out. */
  readonly name: string;
  readonly codec: Codec;
  /** Is told of the archive when it has ended: its bytes before and after. */
  readonly done?: (before: number, after: number) => void;
}

/** Chooses for an archive, by its name; undefined to leave it as it is. */
export type Plan = (name: string) => Promise<Conversion | undefined>;

/**
 * A frame that was made, or one that came and is used up by now, or both in one that passes. All that was made
 * is a stream; all that came is the one that came.
 */
export interface Step {
  readonly made?: Frame;
  readonly came?: Frame;
}

/** Converts the archives for which there is a plan. Throws what the codecs throw. */
export async function* convertArchives(
  frames: AsyncIterable<Frame>,
  plan: Plan,
): AsyncGenerator<Step, void, undefined> {
  const converter = new Converter(plan);
  try {
    for await (const frame of frames) {
      switch (frame.type) {
        case 'archive':
          yield* each(converter.leave());
          yield { came: frame, made: await converter.begin(frame) };
          break;
        case 'data':
          if (converter.converting) {
            yield* each(converter.data(frame));
            yield { came: frame };
          } else yield { came: frame, made: frame };
          break;
        case 'manifest':
          yield* each(converter.leave());
          yield { came: frame, made: frame };
          break;
        case 'copy-done':
        case 'end': // what is no stream but files or a tar has no other sign of it
          yield* each(converter.finish());
          yield { came: frame, made: frame };
          break;
        default:
          yield { came: frame, made: frame };
      }
    }
  } finally {
    converter.close();
  }
}

async function* each(frames: AsyncIterable<Frame>): AsyncGenerator<Step, void, undefined> {
  for await (const made of frames) yield { made };
}

/** An archive that has begun. */
interface Begun {
  readonly conversion: Conversion | undefined;
  before: number;
  after: number;
}

class Converter {
  readonly #plan: Plan;
  readonly #turns = new Turns<Begun>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  get converting(): boolean {
    return this.#turns.current?.conversion !== undefined;
  }

  /** The archive begins, or goes on. */
  async begin(frame: ArchiveFrame): Promise<Frame> {
    const { name, location } = frame;
    const { conversion } = this.#turns.resume(name) ?? this.#turns.begin(name, await this.#open(name));
    return conversion === undefined ? frame : archive(conversion.name, location);
  }

  /** The contents of the current archive, converted. */
  async *data({ parts, bytes }: DataFrame): AsyncGenerator<Frame, void, undefined> {
    const { current } = this.#turns;
    if (current?.conversion === undefined) return;
    current.before += bytes;
    for (const part of parts) yield* count(current, current.conversion.codec.push(part));
  }

  /** The current archive ends, or is interrupted. */
  async *leave(): AsyncGenerator<Frame, void, undefined> {
    const left = this.#turns.leave();
    if (left !== undefined) yield* end(left);
  }

  /** All archives end. */
  async *finish(): AsyncGenerator<Frame, void, undefined> {
    const { current } = this.#turns;
    for (const left of this.#turns.finish()) yield* left === current ? end(left) : resumed(left);
  }

  close(): void {
    for (const { conversion } of this.#turns.finish()) conversion?.codec.close();
  }

  async #open(name: string): Promise<Begun> {
    return { conversion: await this.#plan(name), before: 0, after: 0 };
  }
}

/** What the codec of an interrupted archive still holds: one more part, if it is anything. */
async function* resumed(begun: Begun): AsyncGenerator<Frame, void, undefined> {
  let inPart = false;
  for await (const frame of end(begun)) {
    if (!inPart) yield archive(begun.conversion?.name ?? '', '');
    inPart = true;
    yield frame;
  }
}

/** What the codec still holds. */
async function* end(begun: Begun): AsyncGenerator<Frame, void, undefined> {
  const { conversion } = begun;
  if (conversion === undefined) return;
  try {
    yield* count(begun, conversion.codec.end());
  } finally {
    conversion.codec.close();
  }
  conversion.done?.(begun.before, begun.after);
}

async function* count(begun: Begun, pieces: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, undefined> {
  for await (const piece of pieces) {
    begun.after += piece.length;
    yield { type: 'data', parts: [piece], bytes: piece.length };
  }
}

function archive(name: string, location: string): Frame {
  return { type: 'archive', name, location };
}
