/**
 * Where the tablespaces of a backup are and where they go, as far as that is known. A backup stream lists them all
 * before its archives; of a mere tar only tablespace_map tells at once, and links tell one by one.
 *
 * Whatever tells of a tablespace must say the same of it: PostgreSQL believes tablespace_map and not the links, other
 * programs believe the links, and bb-split the list.
 */

import { BackupError } from '../errors/backup-error.ts';
import {
  insistOnAgreement,
  MAX_TABLESPACES,
  parseTablespaceMap,
  relocateTablespaceMap,
} from '../postgres/tablespace-map.ts';
import { insistOnRoom, type Place, placeTablespace, placeTablespaces } from '../tablespaces/destinations.ts';
import type { Mapping } from '../tablespaces/mapping.ts';
import type { Tablespace } from '../tablespaces/tablespace.ts';

/** Is told of each tablespace that moves. */
export type TellPlace = (place: Place) => void;

/** What is known of one backup. */
export class Whereabouts {
  readonly #mappings: readonly Mapping[];
  readonly #tell: TellPlace;
  #places: ReadonlyMap<number, Place> | undefined;
  /** Those that there is a link to. */
  readonly #linked = new Map<number, Place>();
  #mapped = false;

  constructor(mappings: readonly Mapping[], tell: TellPlace = () => {}) {
    this.#mappings = mappings;
    this.#tell = tell;
  }

  /** All tablespaces; undefined as long as there may be more. */
  get places(): readonly Place[] | undefined {
    return this.#places === undefined ? undefined : [...this.#places.values()];
  }

  /** These are all. Throws what placeTablespaces() and insistOnRoom() throw. */
  learn(tablespaces: readonly Tablespace[]): readonly Place[] {
    const places = placeTablespaces(tablespaces, this.#mappings);
    insistOnRoom(places);
    this.#places = new Map(places.map((place) => [place.oid, place]));
    for (const place of places) if (moves(place)) this.#tell(place);
    return places;
  }

  /** There is a link to a tablespace: where it is to point. Throws BackupError if it should not be there. */
  link(tablespace: Tablespace): string {
    const { oid, location } = tablespace;
    const known = this.#places === undefined ? this.#linked.get(oid) : this.#places.get(oid);
    if (this.#places !== undefined && known === undefined) throw strayLink(tablespace);
    if (known !== undefined && known.location !== location) throw strayLink(tablespace, known);
    const place = known ?? placeTablespace(tablespace, this.#mappings);
    this.#linked.set(oid, place);
    if (this.#linked.size > MAX_TABLESPACES)
      throw new BackupError(`more than ${MAX_TABLESPACES} tablespaces`);
    return place.target;
  }

  /** There is a tablespace_map: what is to be in it. Throws BackupError if it says something else than was known. */
  map(contents: Buffer): Buffer {
    const map = parseTablespaceMap(contents);
    const listed = [...map].map(([oid, location]) => ({ oid, location }));
    const places = this.places ?? this.learn(listed);
    const outside = places.filter(({ inPlace }) => !inPlace);
    insistOnAgreement(map, new Map(outside.map(({ oid, location }) => [oid, location])));
    for (const place of this.#linked.values()) this.link(place);
    this.#mapped = true;
    return relocateTablespaceMap(contents, new Map(outside.map(({ oid, target }) => [oid, target])));
  }

  /** All has come. Throws BackupError if a tablespace was to move, and nothing was there that says where it is. */
  end(): void {
    if (this.#places === undefined) this.learn([...this.#linked.values()]);
    if (this.#mapped) return;
    for (const place of this.#places?.values() ?? []) {
      if (!moves(place) || this.#linked.has(place.oid)) continue;
      throw new BackupError(`could not move tablespace ${place.oid}`, {
        detail: 'The archive "base.tar" has neither tablespace_map nor a link to it.',
      });
    }
  }
}

/** Whether a tablespace goes elsewhere. */
export function moves({ location, target }: Place): boolean {
  return target !== location;
}

function strayLink({ oid, location }: Tablespace, known?: Tablespace): BackupError {
  const place = known === undefined ? 'there is no such tablespace' : `that is at "${known.location}"`;
  return new BackupError(`link "pg_tblspc/${oid}" does not agree with the tablespaces of the backup`, {
    detail: `It points to "${location}", but ${place}.`,
  });
}
