/**
 * The pages of relation files that pass: each is checked when it comes; whether that counts, and from where on a page is
 * too new, is known only at the end, when control file and manifest have come. What is kept until then are sums, and
 * the files that there may be something to say about.
 */

import { TroubleError } from '../errors/trouble.ts';
import { FilePages } from '../page/file-pages.ts';
import { blockSizeOf, PageChecker } from '../page/page-checker.ts';
import { addReport, emptyReport, type PageReport } from '../page/page-report.ts';
import type { BackupLabel } from '../postgres/backup-label.ts';
import type { ControlFile } from '../postgres/control-file.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { parseRelationFile } from '../postgres/relation-file.ts';
import type { MemberSink } from './archive-check.ts';
import { reportPages } from './page-findings.ts';
import { type ChecksumSwitches, INCREMENTAL, pageObstacle } from './page-scope.ts';
import type { Verification } from './verification.ts';

/** Every server cuts relations at 1 GiB that was not built otherwise. */
const SEGMENT_BYTES = 2 ** 30;
const USUAL_BLOCK_BYTES = 8192;

/** A file with pages that are bad or new. */
interface NotedFile {
  readonly path: string;
  readonly segment: number;
  readonly report: PageReport;
}

/** Takes relation files and tells of their pages in the end. */
export class PassingPages {
  /** As the server said, or as the first page did; the control file, which comes last, must agree. */
  blockBytes: number | undefined;
  readonly #verification: Verification;
  /** Sums for files whose blocks count from zero, and for those whose first block depends on the segment size. */
  readonly #first = emptyReport();
  readonly #later = emptyReport();
  readonly #noted: NotedFile[] = [];
  #checker: PageChecker | undefined;
  /** Files that are not the first segment of their fork, and incremental ones. */
  #segments = 0;
  #incremental = 0;
  /** Files that came before it was known where the backup starts. */
  #missed = 0;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  /** A file of the backup begins; undefined if its pages, if any, are not looked at. */
  open(path: string, start: BackupLabel | undefined): MemberSink | undefined {
    const { pages: wish, skipChecksums } = this.#verification;
    if (wish === 'never' || (wish === 'auto' && skipChecksums)) return undefined;
    const relation = parseRelationFile(path);
    if (relation === undefined) return undefined;
    if (relation.incremental || start === undefined) {
      if (relation.incremental) this.#incremental++;
      else this.#missed++;
      return undefined;
    }
    const { segment } = relation;
    if (segment > 0) this.#segments++;
    let pages: FilePages | undefined;
    return {
      push: (piece) => {
        pages ??= this.#begin(piece, segment, start.start);
        pages.push(piece);
      },
      end: () => {
        if (pages !== undefined) this.#take({ path, segment, report: pages.end() });
      },
    };
  }

  #begin(beginning: Buffer, segment: number, startLsn: Lsn): FilePages {
    this.blockBytes ??= blockSizeOf(beginning);
    const blockBytes = this.blockBytes ?? USUAL_BLOCK_BYTES;
    if (this.#checker?.blockBytes !== blockBytes) this.#checker = new PageChecker({ blockBytes, startLsn });
    return new FilePages(this.#checker, segment * (SEGMENT_BYTES / blockBytes));
  }

  #take(file: NotedFile): void {
    if (file.report.bad > 0 || file.report.newer > 0) this.#noted.push(file);
    else addReport(file.segment === 0 ? this.#first : this.#later, file.report);
  }

  /** Everything has passed. Throws TroubleError if the user insists and it cannot be done. */
  report(control: ControlFile | undefined, backupEnd: Lsn | undefined, switches: ChecksumSwitches): void {
    const { account, pages: wish } = this.#verification;
    const obstacle = this.#obstacle(control, switches);
    if (obstacle !== undefined) {
      if (wish === 'insist') throw new TroubleError(`could not check page checksums: ${obstacle}`);
      account.skip('page checksums', obstacle);
      return;
    }
    const segmentsFit = control !== undefined && control.segmentBlocks * control.blockBytes === SEGMENT_BYTES;
    account.addPages(this.#first);
    if (segmentsFit) account.addPages(this.#later);
    else account.skipFiles('pages', this.#segments, 'segments of relations that are not cut at 1 GiB');
    for (const { path, segment, report } of this.#noted)
      if (segmentsFit || segment === 0) reportPages(path, report, backupEnd, this.#verification);
    account.skipFiles('pages', this.#incremental, INCREMENTAL);
    account.skipFiles('pages', this.#missed, 'they came before it was known where the backup starts');
  }

  #obstacle(control: ControlFile | undefined, switches: ChecksumSwitches): string | undefined {
    const obstacle = pageObstacle(control, switches, this.#verification);
    if (obstacle !== undefined) return obstacle;
    if (control !== undefined && control.blockBytes !== (this.#checker?.blockBytes ?? control.blockBytes))
      return 'the control file has another block size';
    if (this.#verification.pages === 'insist' && this.#missed > 0)
      return 'it was not known from the beginning where the backup starts';
    return undefined;
  }
}
