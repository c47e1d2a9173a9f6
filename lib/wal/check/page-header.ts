/**
 * The header of a WAL page, which says where the page belongs, and whether its first bytes continue a record of the
 * page before. The first page of each segment has a longer header that also identifies the cluster. See
 * XLogPageHeaderData and XLogLongPageHeaderData in src/include/access/xlog_internal.h.
 */

import type { Lsn } from '../../postgres/lsn.ts';
import type { WalFormat } from '../../postgres/versions.ts';

/** Flags of a page (xlp_info) that are the same in all versions. */
export const PAGE_FLAG = {
  /** The page begins with the rest of a record. */
  firstIsContrecord: 0x1,
  longHeader: 0x2,
} as const;

const SHORT_HEADER_BYTES = 24;
export const LONG_HEADER_BYTES = 40;

/** Where fields are, in bytes from the beginning of the page. */
const AT = {
  magic: 0,
  flags: 2,
  timeline: 4,
  address: 8,
  remaining: 16,
  systemIdentifier: 24,
  segmentBytes: 32,
  blockBytes: 36,
} as const;

/** What every page says. */
export interface WalPageHeader {
  /** What WAL of this page's magic number is like. */
  readonly format: WalFormat;
  readonly flags: number;
  readonly timeline: number;
  /** Where the page is in the WAL. */
  readonly address: Lsn;
  /** How many bytes of the record that began earlier are still to come. */
  readonly remaining: number;
  /** The length of this header. */
  readonly bytes: number;
}

/** What the first page of a segment says in addition. */
export interface WalSegmentHeader {
  readonly systemIdentifier: bigint;
  readonly segmentBytes: number;
  readonly blockBytes: number;
}

/** Whether the page begins with the rest of a record. */
export function isContinued({ flags }: WalPageHeader): boolean {
  return (flags & PAGE_FLAG.firstIsContrecord) !== 0;
}

/** Whether the rest of the record before was never written, and the page begins with a new one. */
export function isOverwritten({ flags, format }: WalPageHeader): boolean {
  return (flags & format.overwriteFlag) !== 0;
}

/** Reads the magic number, which tells the format of the rest. */
export function readMagic(page: Buffer): number {
  return page.readUInt16LE(AT.magic);
}

/** Reads a header; there must be SHORT_HEADER_BYTES of it. */
export function readPageHeader(page: Buffer, format: WalFormat): WalPageHeader {
  const flags = page.readUInt16LE(AT.flags);
  return {
    format,
    flags,
    timeline: page.readUInt32LE(AT.timeline),
    address: page.readBigUInt64LE(AT.address),
    remaining: page.readUInt32LE(AT.remaining),
    bytes: flags & PAGE_FLAG.longHeader ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES,
  };
}

/** Reads the additional fields of a long header; there must be LONG_HEADER_BYTES of it. */
export function readSegmentHeader(page: Buffer): WalSegmentHeader {
  return {
    systemIdentifier: page.readBigUInt64LE(AT.systemIdentifier),
    segmentBytes: page.readUInt32LE(AT.segmentBytes),
    blockBytes: page.readUInt32LE(AT.blockBytes),
  };
}
