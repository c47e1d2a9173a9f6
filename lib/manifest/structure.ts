/**
 * The structure of a manifest's JSON: which part may come next, by the states and with the complaints of
 * src/common/parse_manifest.c. The listener hears of a file or a WAL range when its object ends.
 */

import { NEWEST_MANIFEST } from '../postgres/versions.ts';
import type { JsonListener } from './json-reader.ts';
import { malformedManifest } from './malformed-manifest.ts';
import {
  FILE_FIELDS,
  type FileField,
  makeFile,
  makeWalRange,
  parseManifestVersion,
  parseSystemIdentifier,
  RANGE_FIELDS,
  type RangeField,
} from './parse-values.ts';
import type { ManifestListener } from './values.ts';

type State =
  | 'start'
  | 'first field'
  | 'version'
  | 'field'
  | 'system identifier'
  | 'start of files'
  | 'next file'
  | 'file field'
  | 'file value'
  | 'start of ranges'
  | 'next range'
  | 'range field'
  | 'range value'
  | 'checksum'
  | 'unknown field'
  | 'unknown file field'
  | 'unknown range field'
  | 'end'
  | 'nothing';

type Moves = Readonly<Partial<Record<State, State>>>;

const AFTER_OBJECT_START: Moves = {
  start: 'first field',
  'next file': 'file field',
  'next range': 'range field',
};
const AFTER_OBJECT_END: Moves = { 'file field': 'next file', 'range field': 'next range', end: 'nothing' };
const AFTER_ARRAY_START: Moves = { 'start of files': 'next file', 'start of ranges': 'next range' };
const AFTER_SCALAR: Moves = {
  version: 'field',
  'system identifier': 'field',
  'file value': 'file field',
  'range value': 'range field',
  checksum: 'end',
  'unknown field': 'field',
  'unknown file field': 'file field',
  'unknown range field': 'range field',
};

/** The fields of the manifest itself, and what follows each. */
const FIELDS: ReadonlyMap<string, State> = new Map([
  ['System-Identifier', 'system identifier'],
  ['Files', 'start of files'],
  ['WAL-Ranges', 'start of ranges'],
  ['Manifest-Checksum', 'checksum'],
] as const);
const VERSION_FIELD = 'PostgreSQL-Backup-Manifest-Version';

/**
 * Takes the parts of the JSON. A manifest of a version newer than all known ones is read like the newest known one;
 * fields of unknown names are ignored.
 */
export class ManifestStructure implements JsonListener {
  /** The manifest's own checksum, as it is written there. */
  checksum = '';
  /** The manifest's version, once it is known. */
  version: number | undefined;
  readonly #listener: ManifestListener;
  #state: State = 'start';
  #fileField: FileField = 'Path';
  #file: Partial<Record<FileField, string>> = {};
  #rangeField: RangeField = 'Timeline';
  #range: Partial<Record<RangeField, string>> = {};

  constructor(listener: ManifestListener) {
    this.#listener = listener;
  }

  objectStart(): void {
    this.#state = AFTER_OBJECT_START[this.#state] ?? complain('unexpected object start');
    this.#file = {};
    this.#range = {};
  }

  objectEnd(): void {
    if (this.#state === 'file field') this.#listener.file(makeFile(this.#file));
    if (this.#state === 'range field') this.#listener.walRange(makeWalRange(this.#range));
    this.#state = AFTER_OBJECT_END[this.#state] ?? complain('unexpected object end');
  }

  arrayStart(): void {
    this.#state = AFTER_ARRAY_START[this.#state] ?? complain('unexpected array start');
  }

  arrayEnd(): void {
    // Nowhere else is an array open than where the next file or range may stand.
    this.#state = 'field';
  }

  field(name: string): void {
    switch (this.#state) {
      case 'first field':
        if (name !== VERSION_FIELD) throw malformedManifest('expected version indicator');
        this.#state = 'version';
        break;
      case 'field':
        this.#state = FIELDS.get(name) ?? this.#unknown('unknown field', 'unrecognized top-level field');
        break;
      case 'file field':
        this.#state = FILE_FIELDS.has(name)
          ? 'file value'
          : this.#unknown('unknown file field', 'unexpected file field');
        this.#fileField = FILE_FIELDS.get(name) ?? this.#fileField;
        break;
      case 'range field':
        this.#state = RANGE_FIELDS.has(name)
          ? 'range value'
          : this.#unknown('unknown range field', 'unexpected WAL range field');
        this.#rangeField = RANGE_FIELDS.get(name) ?? this.#rangeField;
        break;
      default:
        throw malformedManifest('unexpected object field');
    }
  }

  scalar(text: string): void {
    switch (this.#state) {
      case 'version':
        this.version = parseManifestVersion(text);
        this.#listener.version(this.version);
        break;
      case 'system identifier':
        this.#listener.systemIdentifier(parseSystemIdentifier(text));
        break;
      case 'file value':
        this.#file[this.#fileField] = text;
        break;
      case 'range value':
        this.#range[this.#rangeField] = text;
        break;
      case 'checksum':
        this.checksum = text;
        break;
      default:
    }
    this.#state = AFTER_SCALAR[this.#state] ?? complain('unexpected scalar');
  }

  /** Goes on after a field of an unknown name, which only newer versions may have. */
  #unknown(state: State, complaint: string): State {
    return (this.version ?? 0) > NEWEST_MANIFEST ? state : complain(complaint);
  }
}

function complain(complaint: string): never {
  throw malformedManifest(complaint);
}
