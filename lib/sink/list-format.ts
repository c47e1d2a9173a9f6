/**
 * The two forms of a list, a line of text or JSON for each thing that is met. Sizes of archives are known only
 * at their ends, so they come on lines of their own.
 *
 * The objects of the JSON form, one a line, told apart by their first key:
 *
 *   {"archive": NAME, "location": DIRECTORY}           an archive begins, or goes on; location is "" for base.tar
 *   {"member": PATH, "archive": NAME, "kind": "file" | "directory" | "symlink", "size": BYTES, "mode": "0600",
 *    "mtime": SECONDS, "target": PATH}                 target: symbolic links only
 *   {"archive_end": NAME, "members": N, "bytes": N}    bytes as they came, compressed or not
 *   {"manifest": "backup_manifest", "bytes": N}
 *   {"end": LSN, "timeline": N, "archives": N, "members": N, "bytes": N}    the backup is whole; LSN and
 *                                                      timeline are null where the backup is only a tar; bytes
 *                                                      are those of archives and manifest
 */

import { formatLsn, type Lsn } from '../postgres/lsn.ts';
import { MANIFEST } from '../stream/archive-name.ts';
import type { Member, MemberKind } from '../tar/member.ts';
import { formatCount } from '../terminal/units.ts';
import { jsonText, listed } from '../terminal/visible.ts';

/** An archive that has ended. */
export interface ArchiveTotals {
  readonly name: string;
  readonly members: number;
  readonly bytes: number;
}

/** A backup that has ended. */
export interface BackupTotals {
  readonly stop: { readonly lsn: Lsn; readonly timeline: number } | undefined;
  readonly archives: number;
  readonly members: number;
  readonly bytes: number;
}

/** One form of the list: each method gives a line. */
export interface ListFormat {
  archive(name: string, location: string): string;
  member(archive: string, member: Member): string;
  archiveEnd(totals: ArchiveTotals): string;
  manifest(bytes: number): string;
  end(totals: BackupTotals): string;
}

const SIZE_WIDTH = 12;
const KIND_LETTER: Readonly<Record<MemberKind, string>> = { file: '-', directory: 'd', symlink: 'l' };

/** For people: members much as `tar -tv` shows them. */
export const TEXT_FORMAT: ListFormat = {
  archive: (name, location) => (location === '' ? name : `${name} ${listed(location)}`),
  member: (_archive, { path, kind, size, mode, linkTarget }) => {
    const target = linkTarget === undefined ? '' : ` -> ${listed(linkTarget)}`;
    return `${permissions(kind, mode)} ${String(size).padStart(SIZE_WIDTH)} ${listed(path)}${target}`;
  },
  archiveEnd: ({ name, members, bytes }) =>
    `${name}: ${formatCount(bytes, 'byte')}, ${formatCount(members, 'member')}`,
  manifest: (bytes) => `${MANIFEST}: ${formatCount(bytes, 'byte')}`,
  end: ({ stop, archives, members, bytes }) => {
    const position = stop === undefined ? '' : ` at ${formatLsn(stop.lsn)}, timeline ${stop.timeline}`;
    const counts = [
      formatCount(bytes, 'byte'),
      formatCount(archives, 'archive'),
      formatCount(members, 'member'),
    ];
    return `end of backup${position}: ${counts.join(', ')}`;
  },
};

/** For programs. */
export const JSON_FORMAT: ListFormat = {
  archive: (name, location) => jsonText({ archive: name, location }),
  member: (archive, { path, kind, size, mode, mtime, linkTarget }) =>
    jsonText({ member: path, archive, kind, size, mode: octal(mode), mtime, target: linkTarget }),
  archiveEnd: ({ name, members, bytes }) => jsonText({ archive_end: name, members, bytes }),
  manifest: (bytes) => jsonText({ manifest: MANIFEST, bytes }),
  end: ({ stop, archives, members, bytes }) => {
    const [lsn, timeline] = stop === undefined ? [null, null] : [formatLsn(stop.lsn), stop.timeline];
    return jsonText({ end: lsn, timeline, archives, members, bytes });
  },
};

/** As `ls -l` shows them. */
function permissions(kind: MemberKind, mode: number): string {
  const letters = [...'rwxrwxrwx'].map((letter, index) => (mode & (0o400 >> index) ? letter : '-'));
  return KIND_LETTER[kind] + letters.join('');
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
