/**
 * A backup of any size from a few files, for cat: a head, then as many relations of 256 MiB as wanted, each a header and
 * one of two contents, then an end for this number of relations. Half of the contents are like pgbench's tables, half
 * random bytes, in pages with good checksums.
 */

import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { PageKernel } from '../../lib/page/kernel.ts';
import { fileHeader } from '../../lib/tar/writer.ts';
import {
  type BackupParts,
  crcOf,
  framed,
  grownManifest,
  type ListedFile,
  takeApart,
} from './backup-parts.ts';

/** Of one relation. */
const RELATION_BYTES = 256 * 1024 ** 2;
const RELATIONS_OF_GIGABYTE = 4;
/** The sizes that there are ends for. */
const GIGABYTES = [1, 2, 4, 10, 100] as const;

const PAGE_BYTES = 8192;
const CHECKSUM_AT = 8;
const FIRST_RELATION = 30_000;
const DATE = new Date('2026-11-22T16:02:19Z');

/** Writes the files, whose paths begin alike, from a small stream and two tables of random and other bytes. */
export async function writeGenerated(from: string, tables: readonly string[], to: string): Promise<void> {
  const parts = await takeApart(from);
  const crcs = tables.map((table, index) => writeContents(table, `${to}.contents${index}`));
  writeFileSync(`${to}.head`, head(parts));
  for (const relation of relations(Math.max(...GIGABYTES)))
    writeFileSync(
      `${to}.header${relation}`,
      [...framed(fileHeader(pathOf(relation), RELATION_BYTES, DATE))][0] ?? '',
    );
  for (const gigabytes of GIGABYTES) writeFileSync(`${to}.end${gigabytes}`, end(parts, gigabytes, crcs));
}

/** The command that writes such a backup to standard output. */
export function catCommand(to: string, gigabytes: (typeof GIGABYTES)[number]): string {
  const parts = relations(gigabytes).map(
    (relation) => `${to}.header${relation} ${to}.contents${relation % 2}`,
  );
  return `cat ${to}.head ${parts.join(' ')} ${to}.end${gigabytes}`;
}

function relations(gigabytes: number): number[] {
  return Array.from({ length: gigabytes * RELATIONS_OF_GIGABYTE }, (_, relation) => relation);
}

function pathOf(relation: number): string {
  return `base/5/${FIRST_RELATION + relation}`;
}

function head({ beforeList, afterList, archive, label }: BackupParts): Buffer {
  return Buffer.concat([beforeList, afterList, archive, ...framed(label)]);
}

function end(
  { members, manifest, end: rest }: BackupParts,
  gigabytes: number,
  crcs: readonly string[],
): Buffer {
  const files = relations(gigabytes).map(
    (relation): ListedFile => ({
      path: pathOf(relation),
      bytes: RELATION_BYTES,
      crc: crcs[relation % crcs.length] ?? '',
    }),
  );
  return Buffer.concat([...framed(members), ...grownManifest(manifest, [files]), rest]);
}

/** Contents of a relation, in messages; returns their checksum for the manifest. */
function writeContents(table: string, to: string): string {
  const kernel = new PageKernel(PAGE_BYTES);
  const contents = Buffer.alloc(RELATION_BYTES);
  const fd = openSync(table, 'r');
  readSync(fd, contents);
  closeSync(fd);
  for (let block = 0; block < RELATION_BYTES / PAGE_BYTES; block++) {
    const page = contents.subarray(block * PAGE_BYTES, (block + 1) * PAGE_BYTES);
    page.fill(0, 0, CHECKSUM_AT); // an LSN before any backup
    page.copy(kernel.memory);
    page.writeUInt16LE(kernel.checksum(0, PAGE_BYTES, block), CHECKSUM_AT);
  }
  writeFileSync(to, Buffer.concat([...framed(contents)]));
  return crcOf(contents);
}
