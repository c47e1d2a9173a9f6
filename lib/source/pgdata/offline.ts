/**
 * A backup of a cleanly stopped cluster from its files: a data directory in, the frames of a backup stream out, with the
 * WAL of the last checkpoint. It differs from the backup of a running server in what a start without recovery needs:
 *
 *   - no backup_label: the copy starts from its control file, as the original does
 *   - links in pg_tblspc in place of tablespace_map, which no server reads without a backup_label; they are the first
 *     members of base.tar, so that whoever reads it knows the tablespaces before all else
 *   - unlogged relations as they are, since only recovery makes them anew
 */

import { setImmediate as letSignalsIn } from 'node:timers/promises';
import type { ChecksumAlgorithm } from '../../manifest/checksum.ts';
import { ManifestComposer } from '../../manifest/composer.ts';
import { TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import { dataFrames } from '../../stream/data-frames.ts';
import type { BackupHead, DataFrame, Frame } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
import { parametersOf } from '../parameters.ts';
import { ClusterMembers, kilobytesOf } from './cluster-members.ts';
import { type FileUse, MemberFrames } from './member-frames.ts';
import { findNeededWal, type NeededWal } from './needed-wal.ts';
import { PageCheck } from './page-check.ts';
import { insistOnStillStopped, openStoppedCluster, type StoppedCluster } from './stopped-cluster.ts';
import type { FoundTablespace } from './tablespaces.ts';
import { walMembers } from './wal-members.ts';
import type { TreeMember } from './walk.ts';

/** What kind of backup is wanted. */
export interface OfflineRequest {
  readonly directory: string;
  readonly manifest: 'no' | 'yes' | 'force-encode';
  readonly algorithm: ChecksumAlgorithm;
  readonly verifyChecksums: boolean;
  /** Whether to say beforehand how large the archives will be. */
  readonly estimate: boolean;
}

/** A stopped cluster has no pages that may be torn: all are checked. */
const NO_LSN = 2n ** 64n - 1n;

/**
 * Reads the data directory to the end. Throws TroubleError for what is no cleanly stopped cluster, cannot be read, or
 * changes meanwhile; BackupError at the end if pages are corrupt.
 */
export async function* takeOffline(
  request: OfflineRequest,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const cluster = openStoppedCluster(request.directory);
  const backup = new OfflineBackup(request, cluster);
  for (const frame of backup.frames()) {
    yield frame;
    if (frame.type !== 'data') continue;
    await letSignalsIn();
    signal.throwIfAborted();
  }
}

class OfflineBackup {
  readonly #request: OfflineRequest;
  readonly #cluster: StoppedCluster;
  readonly #wal: NeededWal;
  readonly #members: ClusterMembers;
  readonly #manifest: ManifestComposer | undefined;
  readonly #pages: PageCheck | undefined;
  /** What has to be told and was not yet. */
  #warnings: string[] = [];

  constructor(request: OfflineRequest, cluster: StoppedCluster) {
    const { control, major } = cluster;
    const warn = (message: string) => this.#warnings.push(message);
    this.#request = request;
    this.#cluster = cluster;
    this.#wal = findNeededWal(cluster);
    this.#members = new ClusterMembers(cluster, (path) => warn(`skipping special file "./${path}"`));
    const { systemIdentifier, dataChecksumVersion } = control;
    if (request.manifest !== 'no') {
      const forceEncode = request.manifest === 'force-encode';
      this.#manifest = new ManifestComposer({ major, systemIdentifier, forceEncode });
    }
    if (request.verifyChecksums && dataChecksumVersion === 1)
      this.#pages = new PageCheck(control, NO_LSN, warn);
  }

  *frames(): Generator<Frame, void, undefined> {
    yield* headFrames(this.#head());
    for (const tablespace of this.#members.tablespaces) yield* this.#tablespace(tablespace);
    yield* this.#base();
    insistOnStillStopped(this.#cluster);
    if (this.#manifest !== undefined) {
      yield { type: 'manifest' };
      yield* dataFrames(this.#manifest.end(this.#wal.ranges));
      yield { type: 'manifest-end' };
    }
    this.#pages?.insistOnNone();
    yield* endFrames(this.#wal.stop);
  }

  #head(): BackupHead {
    const { control, major } = this.#cluster;
    const kilobytes = (members: () => Iterable<TreeMember>) =>
      this.#request.estimate ? kilobytesOf(members()) : null;
    const listed = this.#members.tablespaces.map((tablespace) => ({
      oid: tablespace.oid,
      location: tablespace.location,
      kilobytes: kilobytes(() => this.#members.ofTablespace(tablespace)),
    }));
    const base = { oid: null, location: null, kilobytes: kilobytes(() => this.#members.ofBase()) };
    this.#warnings = []; // told when the files are read
    return {
      parameters: parametersOf(control, String(major)),
      start: this.#wal.start,
      tablespaces: [...listed, base],
    };
  }

  *#tablespace(tablespace: FoundTablespace): Generator<Frame, void, undefined> {
    const { oid, location } = tablespace;
    const members = new MemberFrames(`${TABLESPACES_DIRECTORY}/${oid}/`, this.#use);
    yield* this.#archive(`${oid}.tar`, location, members, this.#members.ofTablespace(tablespace));
  }

  *#base(): Generator<Frame, void, undefined> {
    const members = new MemberFrames('', this.#use);
    const wal = walMembers(members, this.#wal, this.#cluster);
    yield* this.#archive('base.tar', '', members, this.#members.ofBase(), wal);
  }

  *#archive(
    name: string,
    location: string,
    frames: MemberFrames,
    members: Iterable<TreeMember>,
    more: Iterable<DataFrame> = [],
  ): Generator<Frame, void, undefined> {
    yield { type: 'archive', name, location, resumed: false };
    for (const each of members) {
      yield* frames.add(each);
      if (this.#warnings.length > 0) yield* this.#notices();
    }
    yield* more;
    yield* frames.end();
    yield* this.#notices();
    yield { type: 'archive-end', name };
  }

  *#notices(): Generator<Frame, void, undefined> {
    const warnings = this.#warnings;
    this.#warnings = [];
    for (const message of warnings)
      yield { type: 'notice', report: { severity: 'WARNING', code: '01000', message } };
  }

  get #use(): FileUse {
    return { manifest: this.#manifest, algorithm: this.#request.algorithm, pages: this.#pages };
  }
}
