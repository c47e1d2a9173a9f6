/**
 * Where the tablespaces of a backup are and where they go, as far as that is known. A backup stream lists them all
 * before its archives. In a tar without a stream, tablespace_map lists them all, and links tell of one each.
 *
 * All of these must agree: PostgreSQL follows tablespace_map and not the links, other programs follow the links, and
 * bb-split follows the list.
 */

import { BackupError } from '../errors/backup-error.ts';
import {
  insistOnAgreement,
  MAX_TABLESPACES,
  parseTablespaceMap,
  relocateTablespaceMap,
} from '../postgres/tablespace-map.ts';
import {
  chooseDestination,
  chooseDestinations,
  type Destination,
  insistOnRoom,
} from '../tablespaces/destinations.ts';
import type { Mapping } from '../tablespaces/mapping.ts';
import type { Tablespace } from '../tablespaces/tablespace.ts';

/** Is told of each tablespace that moves. */
export type TellMove = (destination: Destination) => void;

/** What is known of one backup. */
export class Locations {
  readonly #mappings: readonly Mapping[];
  readonly #tell: TellMove;
  #destinations: ReadonlyMap<number, Destination> | undefined;
  /** Those that there is a link to. */
  readonly #linked = new Map<number, Destination>();
  #mapped = false;

  constructor(mappings: readonly Mapping[], tell: TellMove = () => {}) {
    this.#mappings = mappings;
    this.#tell = tell;
  }

  /** All tablespaces; undefined as long as there may be more. */
  get destinations(): readonly Destination[] | undefined {
    return this.#destinations === undefined ? undefined : [...this.#destinations.values()];
  }

  /** These are all. Throws what chooseDestinations() and insistOnRoom() throw. */
  learn(tablespaces: readonly Tablespace[]): readonly Destination[] {
    const destinations = chooseDestinations(tablespaces, this.#mappings);
    insistOnRoom(destinations);
    this.#destinations = new Map(destinations.map((one) => [one.oid, one]));
    for (const destination of destinations) if (moves(destination)) this.#tell(destination);
    return destinations;
  }

  /** There is a link to a tablespace: where it is to point. Throws BackupError if it should not be there. */
  link(tablespace: Tablespace): string {
    const { oid, location } = tablespace;
    const known = this.#destinations === undefined ? this.#linked.get(oid) : this.#destinations.get(oid);
    if (this.#destinations !== undefined && known === undefined) throw strayLink(tablespace);
    if (known !== undefined && known.location !== location) throw strayLink(tablespace, known);
    const destination = known ?? chooseDestination(tablespace, this.#mappings);
    this.#linked.set(oid, destination);
    if (this.#linked.size > MAX_TABLESPACES)
      throw new BackupError(`more than ${MAX_TABLESPACES} tablespaces`);
    return destination.target;
  }

  /** There is a tablespace_map: what is to be in it. Throws BackupError if it says something else than was known. */
  map(contents: Buffer): Buffer {
    const map = parseTablespaceMap(contents);
    const listed = [...map].map(([oid, location]) => ({ oid, location }));
    const destinations = this.destinations ?? this.learn(listed);
    const outside = destinations.filter(({ inPlace }) => !inPlace);
    insistOnAgreement(map, new Map(outside.map(({ oid, location }) => [oid, location])));
    for (const linked of this.#linked.values()) this.link(linked);
    this.#mapped = true;
    return relocateTablespaceMap(contents, new Map(outside.map(({ oid, target }) => [oid, target])));
  }

  /** All has come. Throws BackupError if a tablespace was to move, and nothing was there that says where it is. */
  end(): void {
    if (this.#destinations === undefined) this.learn([...this.#linked.values()]);
    if (this.#mapped) return;
    for (const destination of this.#destinations?.values() ?? []) {
      if (!moves(destination) || this.#linked.has(destination.oid)) continue;
      throw new BackupError(`could not move tablespace ${destination.oid}`, {
        detail: 'The archive "base.tar" has neither tablespace_map nor a link to it.',
      });
    }
  }
}

/** Whether a tablespace goes elsewhere. */
export function moves({ location, target }: Destination): boolean {
  return target !== location;
}

function strayLink({ oid, location }: Tablespace, known?: Tablespace): BackupError {
  const listed = known === undefined ? 'there is no such tablespace' : `that is at "${known.location}"`;
  return new BackupError(`link "pg_tblspc/${oid}" does not agree with the tablespaces of the backup`, {
    detail: `It points to "${location}", but ${listed}.`,
  });
}
