/**
 * Moves tablespaces in a backup stream. Everything that says where a tablespace is changes together: the tablespace
 * list, the location of each archive, tablespace_map or the links in base.tar, and in the manifest the entry of
 * tablespace_map and the manifest's own checksum. All other frames are forwarded as they came.
 *
 * What precedes the first archive is held back until the list is complete, so that a mapping that does not fit the
 * backup is found before anything goes out.
 */

import assert from 'node:assert';
import { TroubleError } from '../errors/trouble.ts';
import { ManifestEditor } from '../manifest/edit.ts';
import { SINCE, serverVersion } from '../postgres/features.ts';
import { BASE_ARCHIVE, parseArchiveName } from '../stream/archive-name.ts';
import { dataFrames } from '../stream/data-frames.ts';
import type {
  ArchiveFrame,
  BackupHead,
  DataFrame,
  Filter,
  Frame,
  ListedTablespace,
  TablespaceFrame,
} from '../stream/frame.ts';
import type { Mapping } from '../tablespaces/mapping.ts';
import { tablespacesOf } from '../tablespaces/tablespace.ts';
import { TarEditor } from '../tar/editor.ts';
import { BaseEdits } from './base-edits.ts';
import { compressedArchive } from './compressed.ts';
import { HeldFrames } from './held-frames.ts';
import { Locations, moves, type TellMove } from './locations.ts';

/**
 * Moves the tablespaces that the mappings fit, and tells of each. Throws TroubleError for mappings that do not fit the
 * backup, BackupError where the backup does not agree with itself.
 */
export function relocate(mappings: readonly Mapping[], tell?: TellMove): Filter {
  return async function* (frames) {
    const held = new HeldFrames();
    let head: BackupHead | undefined;
    let relocation: Relocation | undefined;
    for await (const frame of frames) {
      if (frame.type === 'archive') insistOnPlain(frame.name);
      if (frame.type === 'copy') head = frame.head;
      if (relocation === undefined) held.add(frame);
      else yield* relocation.frame(frame);
      if (relocation !== undefined || frame.type !== 'archive') continue;
      assert(head !== undefined, 'an archive before the tablespace list');
      relocation = new Relocation(head, new Locations(mappings, tell));
      for (const one of held.release()) yield* relocation.frame(one);
    }
  };
}

/** Makes of contents those that go out. */
type Edit = (parts: readonly Buffer[]) => Iterable<Buffer>;

/** A relocation of which all tablespaces are known. */
class Relocation {
  /** New locations by OID, of those that move. */
  readonly #targets: ReadonlyMap<number, string>;
  readonly #edits: BaseEdits;
  readonly #base: TarEditor;
  #manifest: ManifestEditor | undefined;
  /** How contents are edited that come now, if they are. */
  #edit: Edit | undefined;

  constructor(head: BackupHead, locations: Locations) {
    const destinations = locations.learn(tablespacesOf(head));
    this.#targets = new Map(destinations.filter(moves).map(({ oid, target }) => [oid, target]));
    this.#edits = new BaseEdits(locations);
    this.#base = new TarEditor(BASE_ARCHIVE, this.#edits);
    insistOnEscapes(this.#targets, head.parameters.get('server_version'));
  }

  *frame(frame: Frame): Generator<Frame, void, undefined> {
    switch (frame.type) {
      case 'tablespace':
        yield this.#tablespace(frame);
        break;
      case 'copy':
        yield {
          ...frame,
          head: { ...frame.head, tablespaces: frame.head.tablespaces.map((one) => this.#moved(one)) },
        };
        break;
      case 'archive':
        yield this.#archive(frame);
        break;
      case 'manifest':
        this.#beginManifest();
        yield frame;
        break;
      case 'data':
        yield* this.#data(frame);
        break;
      case 'archive-end':
        if (this.#isEdited(frame.name)) this.#base.end();
        yield frame;
        break;
      case 'manifest-end':
        this.#manifest?.end();
        yield frame;
        break;
      default:
        yield frame;
    }
  }

  #tablespace(frame: TablespaceFrame): Frame {
    const moved = this.#moved(frame);
    return moved === frame ? frame : { type: 'tablespace', ...moved };
  }

  #moved(listed: ListedTablespace): ListedTablespace {
    const { oid, kilobytes } = listed;
    const location = this.#targets.get(oid ?? 0);
    return location === undefined ? listed : { oid, location, kilobytes };
  }

  #archive(frame: ArchiveFrame): Frame {
    this.#edit = this.#isEdited(frame.name) ? (parts) => this.#base.push(parts) : undefined;
    const { oid = 0 } = parseArchiveName(frame.name) ?? {};
    const location = this.#targets.get(oid);
    return location === undefined ? frame : { type: 'archive', name: frame.name, location, resumed: false };
  }

  /** If nothing moves, nothing is looked into. */
  #isEdited(name: string): boolean {
    return this.#targets.size > 0 && parseArchiveName(name)?.kind === 'base';
  }

  #beginManifest(): void {
    this.#edit = undefined;
    if (this.#edits.files.length === 0) return;
    const editor = new ManifestEditor(this.#edits.files);
    this.#manifest = editor;
    this.#edit = (parts) => parts.flatMap((part) => [...editor.push(part)]);
  }

  *#data(frame: DataFrame): Generator<Frame, void, undefined> {
    const parts = this.#edit?.(frame.parts) ?? frame.parts;
    if (parts === frame.parts) yield frame;
    else yield* dataFrames(parts);
  }
}

/** Archives are compressed all or none, so the first tells, hours before base.tar comes. */
function insistOnPlain(name: string): void {
  const { kind, compression } = parseArchiveName(name) ?? {};
  if (kind !== 'wal' && compression !== undefined) throw compressedArchive(name);
}

function insistOnEscapes(targets: ReadonlyMap<number, string>, versionText: string | undefined): void {
  const serverMajor = Number.parseInt(versionText ?? '', 10);
  if (!(serverVersion(serverMajor) < SINCE.escapedTablespaceMap)) return;
  for (const [oid, target] of targets) {
    if (!target.includes('\\')) continue;
    throw new TroubleError(`could not move tablespace ${oid} to "${target}"`, {
      detail: `The tablespace_map of a server of version ${serverMajor} cannot have a backslash.`,
    });
  }
}
