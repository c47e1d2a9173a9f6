/**
 * The members of each archive of a stopped cluster, in their order. Whoever takes them asks twice: for their size, and
 * to read them.
 */

import {
  CONTROL_FILE,
  TABLESPACES_DIRECTORY,
  tablespaceVersionDirectory,
} from '../../postgres/data-directory.ts';
import { SINCE, serverVersion } from '../../postgres/features.ts';
import { TAR_BLOCK_BYTES } from '../../tar/header-fields.ts';
import { paddingBytes } from '../../tar/member.ts';
import type { StoppedCluster } from './stopped-cluster.ts';
import { type FoundTablespace, findTablespaces } from './tablespaces.ts';
import { member, type TreeMember, type WalkRules, walkDataDirectory, walkTablespace } from './walk.ts';

/** Finds members. */
export class ClusterMembers {
  /** In the order of their archives. */
  readonly tablespaces: readonly FoundTablespace[];
  readonly #cluster: StoppedCluster;
  readonly #rules: WalkRules;

  /** Is given whom to tell of what is neither file nor directory. */
  constructor(cluster: StoppedCluster, skipped: (path: string) => void) {
    const { root, major, modes } = cluster;
    this.#cluster = cluster;
    this.tablespaces = findTablespaces(root);
    const hasSummaries = serverVersion(major) >= SINCE.walSummaries;
    this.#rules = {
      directoryMode: modes.directory,
      walDirectories: ['archive_status', ...(hasSummaries ? ['summaries'] : [])],
      tablespaces: new Set(this.tablespaces.flatMap((tablespace) => pathInside(root, tablespace))),
      skipped,
    };
  }

  /** Those of a tablespace's archive. */
  ofTablespace({ directory }: FoundTablespace): Generator<TreeMember, void, undefined> {
    const { major, control } = this.#cluster;
    const version = tablespaceVersionDirectory(major, control.catalogVersion);
    return walkTablespace(directory, version, this.#rules);
  }

  /** Those of base.tar, except for WAL. */
  *ofBase(): Generator<TreeMember, void, undefined> {
    const { root } = this.#cluster;
    yield member(TABLESPACES_DIRECTORY, `${root}/${TABLESPACES_DIRECTORY}`);
    for (const { oid, location, linked } of this.tablespaces) {
      const path = `${TABLESPACES_DIRECTORY}/${oid}`;
      if (linked) yield { ...member(path, `${root}/${path}`), linkTarget: location };
    }
    yield* walkDataDirectory(root, this.#rules);
    yield member(CONTROL_FILE, `${root}/${CONTROL_FILE}`);
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
