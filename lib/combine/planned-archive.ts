/** The archives of the result, as far as the newest backup tells: which members they have, and where their bytes are. */

import { TAR_BLOCK_BYTES } from '../tar/header-fields.ts';
import { type Member, paddingBytes } from '../tar/member.ts';
import type { RebuiltFile } from './rebuilt-file.ts';
import type { SpooledPages } from './spooled-pages.ts';

/** A member that goes out as it came, from the spool. */
export interface SpooledMember {
  readonly kind: 'spooled';
  /** The file's path in the data directory. */
  readonly path: string;
  /** Where the header is; the contents and the padding follow. */
  readonly offset: number;
  readonly headerBytes: number;
  readonly size: number;
}

/** A member that is made, header and all. */
export interface MadeMember {
  readonly kind: 'made';
  readonly bytes: Buffer;
}

/** A file that is rebuilt. */
export interface RebuiltMember {
  readonly kind: 'rebuilt';
  readonly path: string;
  /** As it is to be, except for the size. */
  readonly member: Member;
  readonly file: RebuiltFile<SpooledPages>;
}

/** A member of the result. */
export type PlannedMember = SpooledMember | MadeMember | RebuiltMember;

/** An archive of the result. */
export class PlannedArchive {
  readonly name: string;
  /** As in the newest backup. */
  readonly location: string;
  /** Those that stand before all others. */
  readonly first: MadeMember[] = [];
  /** By their paths in the data directory. */
  readonly members = new Map<string, PlannedMember>();
  /** Those that stand after all others: pg_control, and then WAL. */
  readonly last: PlannedMember[] = [];

  constructor(name: string, location: string) {
    this.name = name;
    this.location = location;
  }

  /** How large it will be, once the lengths of the files that are rebuilt are known. */
  get bytes(): number {
    const members = [...this.first, ...this.members.values(), ...this.last];
    return members.reduce((sum, member) => sum + memberBytes(member), END_BYTES);
  }
}

/** Of zeros, at the end of a tar. */
export const END_BYTES = 2 * TAR_BLOCK_BYTES;

/** Header, contents and padding. */
export function spooledBytes({ headerBytes, size }: SpooledMember): number {
  return headerBytes + size + paddingBytes(size);
}

function memberBytes(member: PlannedMember): number {
  if (member.kind === 'made') return member.bytes.length;
  if (member.kind === 'spooled') return spooledBytes(member);
  const { length } = member.file;
  return TAR_BLOCK_BYTES + length + paddingBytes(length);
}
