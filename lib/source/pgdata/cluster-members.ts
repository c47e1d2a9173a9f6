/**
 * The members of each archive of a cluster, in their order. Whoever takes them asks twice: for their size, and to read
 * them.
 */

import { existsSync, lstatSync } from 'node:fs';
import {
  CONTROL_FILE,
  TABLESPACES_DIRECTORY,
  tablespaceVersionDirectory,
} from '../../postgres/data-directory.ts';
import { SINCE, serverVersion } from '../../postgres/features.ts';
import { TAR_BLOCK_BYTES } from '../../tar/header-fields.ts';
import { paddingBytes } from '../../tar/member.ts';
import type { Cluster } from './cluster.ts';
import type { FoundTablespace } from './tablespaces.ts';
import { member, type TreeMember, type WalkRules, walkDataDirectory, walkTablespace } from './walk.ts';

/** Finds members. */
export class ClusterMembers {
  /** In the order of their archives. */
  readonly tablespaces: readonly FoundTablespace[];
  readonly #cluster: Cluster;
  readonly #rules: WalkRules;

  /** Is given whom to tell of what is neither file nor directory. */
  constructor(
    cluster: Cluster,
    tablespaces: readonly FoundTablespace[],
    { running, skipped }: Pick<WalkRules, 'running' | 'skipped'>,
  ) {
    const { root, major, modes } = cluster;
    this.#cluster = cluster;
    this.tablespaces = tablespaces;
    const hasSummaries = serverVersion(major) >= SINCE.walSummaries;
    this.#rules = {
      directoryMode: modes.directory,
      walDirectories: ['archive_status', ...(hasSummaries ? ['summaries'] : [])],
      tablespaces: new Set(this.tablespaces.flatMap((tablespace) => pathInside(root, tablespace))),
      skipped,
      running,
    };
  }

  /** Those of a tablespace's archive. */
  *ofTablespace(tablespace: FoundTablespace): Generator<TreeMember, void, undefined> {
    const { major, control } = this.#cluster;
    const { directory } = tablespace;
    const version = tablespaceVersionDirectory(major, control.catalogVersion);
    if (this.#wasDropped(tablespace, `${directory}/${version}`)) return;
    yield* walkTablespace(directory, version, this.#rules);
    // What has disappeared file by file may have been a disk.
    if (!this.#wasDropped(tablespace, `${directory}/${version}`)) member(version, `${directory}/${version}`);
  }

  /** Those of base.tar that have files, except for WAL and the control file. */
  *ofBase(): Generator<TreeMember, void, undefined> {
    if (!this.#rules.running) yield* this.#links();
    yield* walkDataDirectory(this.#cluster.root, this.#rules);
  }

  /** The control file, which comes after them. */
  get control(): TreeMember {
    return member(CONTROL_FILE, `${this.#cluster.root}/${CONTROL_FILE}`);
  }

  /** Whether neither its files nor its entry in pg_tblspc are there any more. */
  #wasDropped({ oid }: FoundTablespace, versionDirectory: string): boolean {
    if (!this.#rules.running || existsSync(versionDirectory)) return false;
    const entry = `${this.#cluster.root}/${TABLESPACES_DIRECTORY}/${oid}`;
    return lstatSync(entry, { throwIfNoEntry: false }) === undefined;
  }

  *#links(): Generator<TreeMember, void, undefined> {
    const { root } = this.#cluster;
    yield member(TABLESPACES_DIRECTORY, `${root}/${TABLESPACES_DIRECTORY}`);
    for (const { oid, location, linked } of this.tablespaces) {
      const path = `${TABLESPACES_DIRECTORY}/${oid}`;
      if (linked) yield { ...member(path, `${root}/${path}`), linkTarget: location };
    }
  }
}

/** What the members take in an archive, in kB. */
export function kilobytesOf(members: Iterable<TreeMember>): number {
  let bytes = 0;
  for (const { size } of members) bytes += TAR_BLOCK_BYTES + size + paddingBytes(size);
  return Math.ceil(bytes / 1024);
}

/** The path in the data directory of a tablespace that lies there. */
function pathInside(root: string, { directory }: FoundTablespace): string[] {
  return directory.startsWith(`${root}/`) ? [directory.slice(root.length + 1)] : [];
}
