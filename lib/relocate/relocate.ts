/**
 * Moves tablespaces in a backup stream. All that tells where a tablespace is changes together: the tablespace list, the
 * location of each archive, tablespace_map or the links in base.tar, and the manifest's entry of tablespace_map with the
 * manifest's own checksum. All other frames are forwarded as they came.
 *
 * What precedes the first archive is held back until the list is complete, so that a mapping that does not fit the
 * backup is found before anything goes out.
 */

import { TroubleError } from '../errors/trouble.ts';
import { ManifestEditor } from '../manifest/edit.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import { dataFrames } from '../stream/data-frames.ts';
import type { ArchiveFrame, DataFrame, Frame, TablespaceFrame } from '../stream/frame.ts';
import type { Mapping } from '../tablespaces/mapping.ts';
import { TarEditor } from '../tar/editor.ts';
import { BASE_ARCHIVE, BaseEdits } from './base-edits.ts';
import { compressedArchive } from './compressed.ts';
import { Head } from './head.ts';
import { moves, type TellPlace, Whereabouts } from './locations.ts';

/** The first version whose tablespace_map can have a backslash in a location. */
const FIRST_WITH_ESCAPES = 14;

/**
 * Moves the tablespaces that the mappings fit, and tells of each. Throws TroubleError for mappings that do not fit the
 * backup, BackupError where the backup does not agree with itself.
 */
export async function* relocate(
  frames: AsyncIterable<Frame>,
  mappings: readonly Mapping[],
  tell?: TellPlace,
): AsyncGenerator<Frame, void, undefined> {
  const head = new Head();
  let relocation: Relocation | undefined;
  for await (const frame of frames) {
    if (frame.type === 'archive') insistOnPlain(frame.name);
    if (relocation !== undefined) yield* relocation.frame(frame);
    else {
      head.add(frame);
      if (frame.type !== 'archive') continue;
      relocation = new Relocation(head, new Whereabouts(mappings, tell));
      for (const held of head.frames) yield* relocation.frame(held);
    }
  }
}

/** A relocation of which all tablespaces are known. */
class Relocation {
  /** New locations by OID, of those that move. */
  readonly #targets: ReadonlyMap<number, string>;
  readonly #edits: BaseEdits;
  /** What the next contents belong to, if that is edited. */
  #current: TarEditor | ManifestEditor | undefined;

  constructor(head: Head, whereabouts: Whereabouts) {
    const places = whereabouts.learn(head.tablespaces);
    this.#targets = new Map(places.filter(moves).map(({ oid, target }) => [oid, target]));
    this.#edits = new BaseEdits(whereabouts);
    insistOnEscapes(this.#targets, head.serverMajor);
  }

  *frame(frame: Frame): Generator<Frame, void, undefined> {
    switch (frame.type) {
      case 'tablespace':
        yield this.#tablespace(frame);
        break;
      case 'archive':
        this.#leave();
        yield this.#archive(frame);
        break;
      case 'manifest':
        this.#leave();
        if (this.#edits.files.length > 0) this.#current = new ManifestEditor(this.#edits.files);
        yield frame;
        break;
      case 'copy-done':
        this.#leave();
        yield frame;
        break;
      case 'data':
        yield* this.#data(frame);
        break;
      default:
        yield frame;
    }
  }

  #tablespace(frame: TablespaceFrame): Frame {
    const { type, oid, kilobytes } = frame;
    const location = this.#targets.get(oid ?? 0);
    return location === undefined ? frame : { type, oid, location, kilobytes };
  }

  #archive(frame: ArchiveFrame): Frame {
    const archive = parseArchiveName(frame.name);
    // If nothing moves, nothing is looked into.
    if (archive?.kind === 'base' && this.#targets.size > 0) {
      this.#current = new TarEditor(BASE_ARCHIVE, this.#edits);
    }
    const location = this.#targets.get(archive?.oid ?? 0);
    return location === undefined ? frame : { type: 'archive', name: frame.name, location };
  }

  *#data(frame: DataFrame): Generator<Frame, void, undefined> {
    if (this.#current instanceof TarEditor) {
      const parts = this.#current.push(frame.parts);
      if (parts === frame.parts) yield frame;
      else yield* dataFrames(parts);
    } else if (this.#current !== undefined) {
      const editor = this.#current;
      yield* dataFrames(frame.parts.flatMap((part) => [...editor.push(part)]));
    } else yield frame;
  }

  #leave(): void {
    this.#current?.end();
    this.#current = undefined;
  }
}

/** Archives are compressed all or none, so the first tells, hours before base.tar comes. */
function insistOnPlain(name: string): void {
  const { kind, compression } = parseArchiveName(name) ?? {};
  if (kind !== 'wal' && compression !== undefined) throw compressedArchive(name);
}

function insistOnEscapes(targets: ReadonlyMap<number, string>, serverMajor: number | undefined): void {
  if (serverMajor === undefined || serverMajor >= FIRST_WITH_ESCAPES) return;
  for (const [oid, target] of targets) {
    if (!target.includes('\\')) continue;
    throw new TroubleError(`could not move tablespace ${oid} to "${target}"`, {
      detail: `The tablespace_map of a server of version ${serverMajor} cannot have a backslash.`,
    });
  }
}
