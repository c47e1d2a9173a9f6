/** A base.tar by itself: the tar that comes out is the one of a cluster with its tablespaces in the new destinations. */

import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { relocateTar } from '../../../lib/relocate/relocate-tar.ts';
import type { Destination } from '../../../lib/tablespaces/destinations.ts';
import { allIntoMapping, type Mapping, oidMapping, prefixMapping } from '../../../lib/tablespaces/mapping.ts';
import { CUTS, type Cut, every, lend, whole } from '../../support/rechunk.ts';
import { file, symlink, tar } from '../tar/build.ts';
import { baseTar, manifestMember, type Parts } from './build.ts';

const TABLESPACES = [
  { oid: 16384, location: '/srv/a b=c\\d\\e' },
  { oid: 16385, location: '/srv/größe' },
];
const MAPPINGS = [oidMapping(16385, '/elsewhere'), prefixMapping({ from: '/srv', to: '/mnt/much/longer' })];
const MOVED = [
  { oid: 16384, location: '/mnt/much/longer/a b=c\\d\\e' },
  { oid: 16385, location: '/elsewhere' },
];
/** Longer than what is held back. */
const LONG = Buffer.alloc(17 * 1024 * 1024, 'x');

interface Outcome {
  readonly out: Buffer;
  readonly error: unknown;
  readonly destinations: readonly Destination[];
  readonly warnings: number;
}

async function run(
  bytes: Buffer,
  mappings: readonly Mapping[] = MAPPINGS,
  cut: Cut = whole,
): Promise<Outcome> {
  const pieces: Buffer[] = [];
  const destinations: Destination[] = [];
  let warnings = 0;
  const listener = {
    moving: (destination: Destination) => void destinations.push(destination),
    manifestMissed: () => void warnings++,
  };
  let error: unknown;
  try {
    for await (const frame of relocateTar(lend(bytes, cut), mappings, listener)) {
      if (frame.type === 'data') pieces.push(...frame.parts.map((part) => Buffer.from(part)));
    }
  } catch (caught) {
    error = caught;
  }
  return { out: Buffer.concat(pieces), error, destinations, warnings };
}

describe('relocateTar', () => {
  it.each(CUTS)('changes map, links and manifest, $name', async ({ cut }) => {
    for (const has of ['map', 'links', 'both'] as const) {
      const old: Parts = { tablespaces: TABLESPACES, has };
      const moved: Parts = { tablespaces: MOVED, has };
      const { out, error, warnings } = await run(baseTar(old, manifestMember(old)), MAPPINGS, cut);
      expect([error, warnings]).toEqual([undefined, 0]);
      expect(out.equals(baseTar(moved, manifestMember(moved)))).toBe(true);
    }
  });

  it('finds all of them in an archive that was made of a data directory', async () => {
    const make = (locations: readonly string[], map: string) =>
      tar(
        symlink('./pg_tblspc/1', locations[0] ?? ''),
        file('./base/1/1', LONG),
        file('./tablespace_map', map),
        symlink('./pg_tblspc/2', locations[1] ?? ''),
        symlink('./pg_wal', '/wal'),
        file('./tablespace_map.old', 'rubbish'),
      );
    const { out, error } = await run(
      make(['/a', '/b'], '2 /b\n1 /a\n'),
      [allIntoMapping('/x')],
      every(300_000),
    );
    expect(error).toBeUndefined();
    expect(out.equals(make(['/x/1', '/x/2'], '2 /x/2\n1 /x/1\n'))).toBe(true);
  });

  it('tells what moves, once', async () => {
    const tablespaces = [...TABLESPACES, { oid: 1, location: '/stays' }];
    for (const has of ['map', 'links', 'both'] as const) {
      const { destinations } = await run(baseTar({ tablespaces, has }));
      expect(destinations.map(({ oid, target }) => ({ oid, location: target }))).toEqual(MOVED);
    }
  });

  it('says that a manifest was missed, if one was', async () => {
    expect((await run(baseTar({ tablespaces: TABLESPACES }))).warnings).toBe(1);
    expect((await run(baseTar({ tablespaces: TABLESPACES, has: 'links' }))).warnings).toBe(0);
    const stays = [oidMapping(16385, '/srv/größe')];
    expect((await run(baseTar({ tablespaces: TABLESPACES }), stays)).warnings).toBe(0);
  });

  it.each(CUTS)('leaves a tar as it is if nothing moves, $name', async ({ cut }) => {
    const parts: Parts = {
      tablespaces: TABLESPACES,
      has: 'both',
      map: '16385 /srv/gr\\öße\n16384 /srv/a b=c\\\\d\\\\e\n',
    };
    const bytes = Buffer.concat([baseTar(parts, manifestMember(parts)), Buffer.alloc(5000)]);
    const { out, error } = await run(bytes, [oidMapping(16385, '/srv/größe')], cut);
    expect(error).toBeUndefined();
    expect(out.equals(bytes)).toBe(true);
  });
});

describe('before anything goes out', () => {
  const NOTHING = [oidMapping(5, '/x')];

  it.each([
    {
      name: 'that fits nothing in the map',
      bytes: baseTar({ tablespaces: TABLESPACES, filling: LONG }),
      mappings: NOTHING,
    },
    {
      name: 'that fits no link',
      bytes: baseTar({ tablespaces: TABLESPACES, has: 'links' }),
      mappings: NOTHING,
    },
    { name: 'where there are no tablespaces', bytes: baseTar({ tablespaces: [] }), mappings: NOTHING },
    {
      name: 'where there is neither map nor link',
      bytes: baseTar({ tablespaces: [], has: 'neither' }),
      mappings: NOTHING,
    },
    {
      name: 'into one place',
      bytes: baseTar({ tablespaces: TABLESPACES, filling: LONG }),
      mappings: [oidMapping(16384, '/x'), oidMapping(16385, '/x/y')],
    },
  ])('refuses a mapping $name', async ({ bytes, mappings }) => {
    const { out, error } = await run(bytes, mappings, every(65_536));
    expect(error).toBeInstanceOf(TroubleError);
    expect(out).toHaveLength(0);
  });

  it('refuses a small archive that is cut', async () => {
    const bytes = baseTar({ tablespaces: TABLESPACES, has: 'links' });
    const { out, error } = await run(bytes.subarray(0, -1500), MAPPINGS, every(1000));
    expect(error).toBeInstanceOf(BackupError);
    expect(out).toHaveLength(0);
  });
});

describe('an archive that is too large to be held back', () => {
  it('lacks its end if a mapping fits no link', async () => {
    const bytes = baseTar({ tablespaces: TABLESPACES, has: 'links', filling: LONG });
    const { out, error } = await run(bytes, [...MAPPINGS, oidMapping(5, '/x')], every(65_536));
    expect(error).toBeInstanceOf(TroubleError);
    expect(out.length).toBeGreaterThan(LONG.length - 65_536);
    expect(out.length).toBeLessThan(bytes.length - 1024);
  });

  it('is not held longer than needed', async () => {
    let asked = 0;
    const bytes = baseTar({ tablespaces: TABLESPACES, filling: LONG });
    const input = (async function* () {
      for await (const chunk of lend(bytes, every(4096))) {
        asked++;
        yield chunk;
      }
    })();
    for await (const frame of relocateTar(input, MAPPINGS)) if (frame.type === 'data') break;
    expect(asked).toBe(1);
  });
});

describe('a tar that does not agree with itself', () => {
  const map = (text: string) => file('tablespace_map', text);
  const mappings = [allIntoMapping('/x')];

  it.each([
    {
      name: 'in two links',
      members: [symlink('pg_tblspc/1', '/a'), symlink('./pg_tblspc/1', '/b')],
      complaint: 'link "pg_tblspc/1" does not agree with the tablespaces of the backup',
    },
    {
      name: 'in a link before the map',
      members: [symlink('pg_tblspc/1', '/b'), map('1 /a\n')],
      complaint: 'link "pg_tblspc/1" does not agree with the tablespaces of the backup',
    },
    {
      name: 'in a link behind the map',
      members: [map('1 /a\n'), symlink('pg_tblspc/1', '/b')],
      complaint: 'link "pg_tblspc/1" does not agree with the tablespaces of the backup',
    },
    {
      name: 'in a link that the map does not have',
      members: [symlink('pg_tblspc/2', '/b'), map('1 /a\n')],
      complaint: 'link "pg_tblspc/2" does not agree with the tablespaces of the backup',
    },
    {
      name: 'in a link that points nowhere in particular',
      members: [symlink('pg_tblspc/2', '../b')],
      complaint: 'tablespace 2 has a location that is not absolute: "../b"',
    },
    {
      name: 'in its manifest',
      members: [map('1 /a\n'), manifestMember({ tablespaces: [{ oid: 1, location: '/b' }] })],
      complaint: 'checksum mismatch for file "tablespace_map"',
    },
  ])('$name is refused', async ({ members, complaint }) => {
    const { error } = await run(tar(...members), mappings, every(512));
    expect(error).toBeInstanceOf(BackupError);
    expect(error).toHaveProperty('message', complaint);
  });

  it('cannot be changed if its manifest comes too early', async () => {
    const parts: Parts = { tablespaces: TABLESPACES };
    const bytes = tar(manifestMember(parts), file('tablespace_map', '1 /a\n'));
    const { error } = await run(bytes, mappings);
    expect(error).toBeInstanceOf(TroubleError);
    expect(error).toHaveProperty(
      'message',
      'could not edit the manifest: it stands before "tablespace_map" in the archive',
    );
  });

  it('does not take all memory with its links', async () => {
    const links = Array.from({ length: 70_000 }, (_, oid) => symlink(`pg_tblspc/${oid + 1}`, '/a'));
    const { error } = await run(Buffer.concat(links), mappings, every(1_000_000));
    expect(error).toHaveProperty('message', 'more than 65536 tablespaces');
  });
});

describe('a tar that is cut', () => {
  it('never gets its end', async () => {
    const old: Parts = { tablespaces: TABLESPACES, has: 'both' };
    const bytes = baseTar(old, manifestMember(old));
    for (let length = 0; length < bytes.length; length += 256) {
      const { error, out } = await run(bytes.subarray(0, length), MAPPINGS, every(700));
      expect(error).toBeInstanceOf(BackupError);
      expect(out.length).toBeLessThan(bytes.length);
    }
  });
});
