/** Reading archives in tests: all pieces of an archive, copied at once, since they are lent. */

import { type Member, paddingBytes } from '../../../lib/tar/member.ts';
import { TarReader } from '../../../lib/tar/reader.ts';
import { type Cut, lend, whole } from '../../support/rechunk.ts';

/** A member with its contents, and the padding behind it. */
export interface ReadMember {
  readonly member: Member;
  readonly contents: Buffer;
  readonly padding: number;
}

/** What was read up to the end or the error. */
export interface ReadTar {
  readonly members: ReadMember[];
  readonly types: string;
  readonly bytes: Buffer;
  readonly offset: number;
  readonly error: unknown;
}

const LETTERS = { header: 'h', contents: 'c', trailer: 't', end: 'e' };

/** Reads an archive to its end or to the first error, which is returned and not thrown. */
export async function readAll(archive: Buffer, cut: Cut = whole): Promise<ReadTar> {
  const reader = new TarReader('base.tar');
  const members: { member: Member; pieces: Buffer[]; padding: number }[] = [];
  const bytes: Buffer[] = [];
  let types = '';
  let error: unknown;
  try {
    for await (const chunk of lend(archive, cut)) {
      for (const piece of reader.push(chunk)) {
        types += LETTERS[piece.type];
        bytes.push(Buffer.from(piece.bytes));
        if (piece.type === 'header') members.push({ member: piece.member, pieces: [], padding: -1 });
        else if (piece.type === 'contents') members.at(-1)?.pieces.push(Buffer.from(piece.bytes));
        else if (piece.type === 'trailer')
          Object.assign(members.at(-1) ?? {}, { padding: piece.bytes.length });
      }
    }
    reader.end();
  } catch (caught) {
    error = caught;
  }
  return {
    members: members.map(({ member, pieces, padding }) => ({
      member,
      contents: Buffer.concat(pieces),
      padding,
    })),
    types,
    bytes: Buffer.concat(bytes),
    offset: reader.offset,
    error,
  };
}

/** Whether each member has its header, contents and trailer in order and in full. */
export function isInOrder({ members, types }: ReadTar): boolean {
  const complete = members.every(
    ({ member, contents, padding }) =>
      contents.length === member.size && padding === paddingBytes(member.size),
  );
  return complete && /^(hc*t)*e+$/.test(types);
}
