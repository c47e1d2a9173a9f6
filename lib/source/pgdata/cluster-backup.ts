/**
 * What the backups of running and of stopped clusters have in common: members in, frames of archives and of the manifest
 * out, with warnings as notices where they arise.
 */

import { closeSync } from 'node:fs';
import type { ChecksumAlgorithm } from '../../manifest/checksum.ts';
import { ManifestComposer } from '../../manifest/composer.ts';
import type { WalRange } from '../../manifest/values.ts';
import { TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { dataFrames } from '../../stream/data-frames.ts';
import type { BackupHead, Frame, Position } from '../../stream/frame.ts';
import { parametersOf } from '../parameters.ts';
import type { FillingThreads } from '../reading/filling-threads.ts';
import type { Cluster } from './cluster.ts';
import { ClusterMembers, kilobytesOf } from './cluster-members.ts';
import { type FileUse, MemberFrames } from './member-frames.ts';
import { PageCheck } from './page-check.ts';
import type { FoundTablespace } from './tablespaces.ts';
import type { TreeMember } from './walk.ts';

/** What is wanted of either. */
export interface FileRequest {
  /** The number of threads that read. */
  readonly jobs: number;
  readonly directory: string;
  readonly manifest: 'no' | 'yes' | 'force-encode';
  readonly algorithm: ChecksumAlgorithm;
  readonly verifyChecksums: boolean;
  /** Whether to say beforehand how large the archives will be. */
  readonly estimate: boolean;
}

/** How a cluster is read. */
export interface Reading {
  readonly running: boolean;
  readonly tablespaces: readonly FoundTablespace[];
  /** Pages that are as new as this, or newer, are not checked. */
  readonly newest: Lsn;
  readonly threads: FillingThreads;
}

/** One backup, to be closed after use. */
export class ClusterBackup {
  readonly members: ClusterMembers;
  readonly #request: FileRequest;
  readonly #cluster: Cluster;
  readonly #manifest: ManifestComposer | undefined;
  readonly #use: FileUse;
  /** What has to be told and was not yet. */
  #warnings: string[] = [];

  constructor(request: FileRequest, cluster: Cluster, reading: Reading) {
    const { running, tablespaces, newest, threads } = reading;
    const { control, major } = cluster;
    const warn = (message: string) => this.#warnings.push(message);
    this.#request = request;
    this.#cluster = cluster;
    const skipped = (path: string) => warn(`skipping special file "./${path}"`);
    this.members = new ClusterMembers(cluster, tablespaces, { running, skipped });
    const { systemIdentifier, dataChecksumVersion } = control;
    const forceEncode = request.manifest === 'force-encode';
    this.#manifest =
      request.manifest === 'no' ? undefined : new ManifestComposer({ major, systemIdentifier, forceEncode });
    const checked = request.verifyChecksums && dataChecksumVersion === 1;
    const pages = checked ? new PageCheck(control, newest, warn) : undefined;
    const { algorithm } = request;
    threads.begin({ algorithm, pages: pages?.rules, running });
    this.#use = { threads, open: new Set(), manifest: this.#manifest, algorithm, pages, running };
  }

  /** Closes what is still open, when the threads have ended. */
  close(): void {
    for (const fd of this.#use.open) closeSync(fd);
  }

  /** What the stream says first. */
  head(start: Position, version = String(this.#cluster.major)): BackupHead {
    const kilobytes = (members: () => Iterable<TreeMember>) =>
      this.#request.estimate ? kilobytesOf(members()) : null;
    const listed = this.members.tablespaces.map((tablespace) => ({
      oid: tablespace.oid,
      location: tablespace.location,
      kilobytes: kilobytes(() => this.members.ofTablespace(tablespace)),
    }));
    const base = { oid: null, location: null, kilobytes: kilobytes(() => this.members.ofBase()) };
    this.#warnings = []; // told when the files are read
    return {
      parameters: parametersOf(this.#cluster.control, version),
      start,
      tablespaces: [...listed, base],
    };
  }

  /** The archives of all tablespaces but the data directory. */
  async *tablespaces(): AsyncGenerator<Frame, void, undefined> {
    for (const tablespace of this.members.tablespaces) {
      const { oid, location } = tablespace;
      const name = `${oid}.tar`;
      const frames = new MemberFrames(`${TABLESPACES_DIRECTORY}/${oid}/`, this.#use);
      yield { type: 'archive', name, location, resumed: false };
      yield* this.add(frames, this.members.ofTablespace(tablespace));
      yield* this.end(frames, name);
    }
  }

  /** For the members of base.tar. */
  base(): MemberFrames {
    return new MemberFrames('', this.#use);
  }

  /** Members of an archive. */
  async *add(frames: MemberFrames, members: Iterable<TreeMember>): AsyncGenerator<Frame, void, undefined> {
    for (const each of members) {
      yield* frames.add(each);
      if (this.#warnings.length > 0) yield* this.#notices();
    }
  }

  /** The end of an archive. */
  async *end(frames: MemberFrames, name: string): AsyncGenerator<Frame, void, undefined> {
    yield* frames.end();
    yield* this.#notices();
    yield { type: 'archive-end', name };
  }

  /** The manifest, if there is to be one; throws BackupError after it if pages were corrupt. */
  *manifest(ranges: readonly WalRange[]): Generator<Frame, void, undefined> {
    if (this.#manifest !== undefined) {
      yield { type: 'manifest' };
      yield* dataFrames(this.#manifest.end(ranges));
      yield { type: 'manifest-end' };
    }
    this.#use.pages?.insistOnNone();
  }

  *#notices(): Generator<Frame, void, undefined> {
    const warnings = this.#warnings;
    this.#warnings = [];
    for (const message of warnings)
      yield { type: 'notice', report: { severity: 'WARNING', code: '01000', message } };
  }
}
