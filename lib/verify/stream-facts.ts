/**
 * What a backup stream says of the backup besides its archives: facts about the server, where the backup starts and
 * ends, its tablespaces. All of it stands in files and in the manifest, too, and must be the same there. Of a directory
 * of archives, only the names of these are known.
 */

import type { WalRange } from '../manifest/values.ts';
import { backupEnd } from '../manifest/wal-ranges.ts';
import { TABLESPACE_MAP } from '../postgres/data-directory.ts';
import { SINCE, serverVersion } from '../postgres/features.ts';
import { formatLsn, type Lsn } from '../postgres/lsn.ts';
import type { TablespaceMap } from '../postgres/tablespace-map.ts';
import { parseArchiveName } from '../stream/archive-name.ts';
import type { Frame } from '../stream/frame.ts';
import { quoted } from '../terminal/visible.ts';
import type { Facts } from './facts.ts';
import type { Check } from './findings.ts';
import type { Manifest } from './manifest.ts';
import type { Verification } from './verification.ts';

interface Position {
  readonly lsn: Lsn;
  readonly timeline: number;
}

const ABSOLUTE = /^(?:[A-Za-z]:)?[/\\]/;
/** What maps do not escape that older versions wrote. */
const ESCAPED = /[\\\n\r]/;

/** Takes frames, and compares what they said in the end. */
export class StreamFacts {
  readonly #verification: Verification;
  readonly #parameters = new Map<string, string>();
  /** Locations of the tablespaces that have an archive; empty where they are not known. */
  readonly #tablespaces = new Map<number, string>();
  #start: Position | undefined;
  #stop: Position | undefined;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  frame(frame: Frame): void {
    if (frame.type === 'parameter') this.#parameters.set(frame.name, frame.value);
    else if (frame.type === 'start') this.#start = frame;
    else if (frame.type === 'stop') this.#stop = frame;
    else if (frame.type === 'archive') {
      const { oid } = parseArchiveName(frame.name) ?? {};
      if (oid !== undefined) this.#tablespaces.set(oid, frame.location);
    }
  }

  /** Everything has passed. `links` are those in pg_tblspc, which stand in for a map. */
  compare(facts: Facts, links: TablespaceMap, { identifier, ranges }: Manifest): void {
    this.#compareParameters(facts, identifier);
    this.#comparePositions(facts, ranges);
    this.#compareTablespaces(new Map([...links, ...(facts.tablespaces ?? [])]), facts.version);
  }

  #compareParameters({ control, version }: Facts, identifier: bigint | undefined): void {
    this.#compareParameter('system_identifier', identifier, 'the manifest');
    this.#compareParameter('system_identifier', control?.systemIdentifier, 'the control file');
    this.#compareParameter('block_size', control?.blockBytes, 'the control file');
    this.#compareParameter('wal_segment_size', control?.walSegmentBytes, 'the control file');
    // Where they can be switched, the server may have said it before that, or after.
    const checksums = control?.dataChecksumVersion === 0 ? 'off' : 'on';
    if (control?.switchesChecksums === false)
      this.#compareParameter('data_checksums', checksums, 'the control file');
    const said = Number.parseInt(this.#parameters.get('server_version') ?? '', 10) || version;
    if (version !== undefined && said !== version)
      this.#complain(`the stream says that server_version is ${said}, but "PG_VERSION" ${version}`);
  }

  #compareParameter(name: string, value: bigint | number | string | undefined, where: string): void {
    const said = this.#parameters.get(name);
    if (said === undefined || value === undefined || said === String(value)) return;
    this.#complain(`the stream says that ${name} is ${said}, but ${where} ${value}`);
  }

  #comparePositions({ label }: Facts, ranges: readonly WalRange[]): void {
    const start = this.#start;
    const fits = ({ start: lsn, timeline }: { start: Lsn; timeline: number }) =>
      lsn === start?.lsn && timeline === start.timeline;
    if (start !== undefined && label !== undefined && !fits(label))
      this.#complain(
        `the stream says that the backup starts at ${formatPosition(start)}, but "backup_label" does not`,
      );
    if (start !== undefined && ranges.length > 0 && !ranges.some(fits))
      this.#complain(
        `the stream says that the backup starts at ${formatPosition(start)}, but the manifest does not`,
      );
    const end = backupEnd(ranges);
    const stop = this.#stop;
    if (stop === undefined || end === undefined) return;
    if (stop.lsn !== end.end || stop.timeline !== end.timeline)
      this.#complain(
        `the stream says that the backup ends at ${formatPosition(stop)}, but the manifest does not`,
      );
  }

  #compareTablespaces(mapped: TablespaceMap, version: number | undefined): void {
    if (mapped.size > 0) this.#verification.account.parts.push(TABLESPACE_MAP);
    for (const oid of mapped.keys())
      if (!this.#tablespaces.has(oid))
        this.#complain(`tablespace ${oid} of "${TABLESPACE_MAP}" has no archive`, 'tablespace');
    for (const [oid, location] of this.#tablespaces) {
      // The names of archives do not tell where tablespaces are; only one in pg_tblspc itself is in no map.
      if (location === '' && !mapped.has(oid))
        this.#verification.account.skip(
          `location of tablespace ${oid}`,
          `"${TABLESPACE_MAP}" does not have it`,
        );
      // One that lives in pg_tblspc has no place of its own.
      if (!ABSOLUTE.test(location)) continue;
      const elsewhere = mapped.get(oid);
      if (elsewhere === location) continue;
      if (elsewhere !== undefined && ESCAPED.test(location) && !escapesMap(version)) continue;
      const contrast = elsewhere === undefined ? 'does not have it' : `at ${quoted(elsewhere)}`;
      this.#complain(
        `the stream says that tablespace ${oid} is at ${quoted(location)}, but "${TABLESPACE_MAP}" ${contrast}`,
        'tablespace',
      );
    }
  }

  #complain(message: string, check: Check = 'stream'): void {
    this.#verification.findings.add({ check, message });
  }
}

function escapesMap(major: number | undefined): boolean {
  return major === undefined || serverVersion(major) >= SINCE.escapedTablespaceMap;
}

function formatPosition({ lsn, timeline }: Position): string {
  return `${formatLsn(lsn)} on timeline ${timeline}`;
}
