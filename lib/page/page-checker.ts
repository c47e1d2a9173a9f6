/**
 * Checks whole pages by the rules of the server when it sends a backup (verify_page_checksum() in
 * src/backend/backup/basebackup.c). A page that was changed since the backup began is not checked: it may be torn, and
 * replay of the WAL repairs it. A page that was never used is not checked either. The server recognises one by pd_upper
 * alone; here the whole header must be zero, and a page with anything after such a header is counted separately.
 */

import type { Lsn } from '../postgres/lsn.ts';
import { PageKernel } from './kernel.ts';
import { type BadPage, LISTED_BAD_PAGES, type PageReport } from './page-report.ts';
import type { KernelMemory } from './wasm.ts';

/** The rules for all pages of a backup. */
export interface PageRules {
  readonly blockBytes: number;
  /** Where the backup's WAL begins: pages with this LSN or a later one are not checked. */
  readonly startLsn: Lsn;
}

const MIN_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 32768;
/** Memory for pages: enough for one read, or one chunk of a tar. */
const MEMORY_BYTES = 256 * 1024;
/** A page's header has six words (PageHeaderData in src/include/storage/bufpage.h); these are read. */
const WORD = { lsnHigh: 0, lsnLow: 1, checksum: 2, upper: 3 } as const;
const HEADER_WORDS = 6;
/**
 * Where a page has its size, a multiple of 256, added to the version of its layout.
 */
const SIZE_AND_VERSION_AT = 18;
const LAYOUT_VERSION = 4;

/** Whether a server can have blocks of this size. */
export function isBlockSize(bytes: number): boolean {
  return bytes >= MIN_BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && Number.isInteger(Math.log2(bytes));
}

/** The block size in the header of a page (pd_pagesize_version); undefined if the page is new or damaged. */
export function blockSizeOf(page: Buffer): number | undefined {
  if (page.length < HEADER_WORDS * 4) return undefined;
  const both = page.readUInt16LE(SIZE_AND_VERSION_AT);
  const bytes = both & 0xff00;
  return (both & 0xff) === LAYOUT_VERSION && isBlockSize(bytes) ? bytes : undefined;
}

/** Checks pages that are read into its memory, or copied there. */
export class PageChecker {
  readonly blockBytes: number;
  /** For a file to be read into, before `checkMemory`. */
  readonly memory: Buffer<ArrayBuffer>;
  readonly #kernel: PageKernel;
  readonly #words: Uint32Array;
  readonly #startHigh: number;
  readonly #startLow: number;

  /**
   * The block size must be one that a server can have, see isBlockSize(). Pages may lie in a memory that threads share.
   */
  constructor({ blockBytes, startLsn }: PageRules, memory: number | KernelMemory = MEMORY_BYTES) {
    this.blockBytes = blockBytes;
    this.#kernel = new PageKernel(memory);
    this.memory = this.#kernel.memory;
    this.#words = new Uint32Array(this.memory.buffer);
    this.#startHigh = Number(startLsn >> 32n);
    this.#startLow = Number(startLsn & 0xffffffffn);
  }

  /** Checks pages that lie anywhere. Their length must be a multiple of the block size. */
  check(pages: Buffer, firstBlock: number, report: PageReport): void {
    for (let start = 0; start < pages.length; start += this.memory.length) {
      const length = pages.copy(this.memory, 0, start, start + this.memory.length);
      this.checkMemory(length, firstBlock + start / this.blockBytes, report);
    }
  }

  /** Checks the pages in the first bytes of the memory. */
  checkMemory(bytes: number, firstBlock: number, report: PageReport): void {
    this.checkRange(0, bytes, firstBlock, report);
  }

  /**
   * Checks the pages in this part of the memory, which begins at a multiple of four. A page that seems bad is checked a
   * second time if it can be read again: the server may have been writing it.
   */
  checkRange(
    start: number,
    bytes: number,
    firstBlock: number,
    report: PageReport,
    readAgain?: (at: number) => void,
  ): void {
    let block = firstBlock;
    for (let at = start; at < start + bytes; at += this.blockBytes)
      this.#checkPage(at, block++, report, readAgain);
  }

  #checkPage(at: number, block: number, report: PageReport, readAgain?: (at: number) => void): void {
    const words = this.#words;
    const header = at / 4;
    const high = words[header + WORD.lsnHigh] ?? 0;
    const low = words[header + WORD.lsnLow] ?? 0;
    const upper = (words[header + WORD.upper] ?? 0) >>> 16;
    if (upper === 0 && this.#headerIsEmpty(header)) {
      if (this.#kernel.isZero(at, this.blockBytes)) report.empty++;
      else report.halfEmpty++;
    } else if (high > this.#startHigh || (high === this.#startHigh && low >= this.#startLow)) {
      report.newer++;
      noteLsn(high, low, report);
    } else {
      const expected = (words[header + WORD.checksum] ?? 0) & 0xffff;
      const calculated = this.#kernel.checksum(at, this.blockBytes, block);
      if (calculated === expected) report.good++;
      else if (readAgain !== undefined) {
        readAgain(at);
        this.#checkPage(at, block, report);
      } else noteBad({ block, expected, calculated }, report);
    }
  }

  #headerIsEmpty(header: number): boolean {
    for (let index = 0; index < HEADER_WORDS; index++) if (this.#words[header + index] !== 0) return false;
    return true;
  }
}

function noteBad(page: BadPage, report: PageReport): void {
  report.bad++;
  if (report.firstBad.length < LISTED_BAD_PAGES) report.firstBad.push(page);
}

function noteLsn(high: number, low: number, report: PageReport): void {
  const lsn = (BigInt(high) << 32n) | BigInt(low);
  if (lsn > report.newest) report.newest = lsn;
}
