import { describe, expect, it } from 'vitest';
import { judgeTablespaces } from '../../../../lib/verify/judge/tablespace-locations.ts';
import type { FoundLink } from '../../../../lib/verify/records/found-backup.ts';
import { judgement } from '../judgement.ts';

/** What says where a tablespace is. */
interface Locations {
  readonly map?: ReadonlyMap<number, string>;
  readonly links?: ReadonlyMap<number, string>;
  readonly archives?: ReadonlyMap<number, string>;
}

const ALIAS = '/alias of /ts';

function judge({ map, links = new Map(), archives }: Locations) {
  const found = [...links].map(([oid, target]): [number, FoundLink] => {
    const path = `pg_tblspc/${oid}`;
    const leadsTo = (location: string) => target === ALIAS && location === '/ts';
    return [oid, { type: 'link', path, target, leadsTo, archive: undefined }];
  });
  const names = {
    directories: new Set(['pg_tblspc', ...[...links.keys(), 7].map((oid) => `pg_tblspc/${oid}`)]),
    links: new Map(found),
    get: () => undefined,
    values: () => [],
  };
  const files = { control: undefined, label: undefined, tablespaces: map, version: 18 };
  const { verification, complaints, statistics } = judgement();
  judgeTablespaces(files, names, archives, verification);
  return { complaints, notChecked: statistics.notChecked };
}

const at = (location: string, oid = 1) => new Map([[oid, location]]);

describe('judgeTablespaces', () => {
  it.each<Locations & { name: string }>([
    { name: 'none', map: new Map() },
    { name: 'links without a map', links: at('/ts') },
    { name: 'links that are as the map', map: at('/ts'), links: at('/ts') },
    { name: 'links that lead to the same directory', map: at('/ts'), links: at(ALIAS) },
    { name: 'a stream that says what the map does', map: at('/ts'), archives: at('/ts') },
    { name: 'a stream that says what the links do', links: at('/ts'), archives: at('/ts') },
    { name: 'archives of which only the names are known', map: at('/ts'), archives: at('') },
    { name: 'one in pg_tblspc itself', map: new Map(), archives: at('pg_tblspc/1') },
  ])('finds nothing wrong with $name', (locations) => {
    expect(judge(locations)).toEqual({ complaints: [], notChecked: [] });
  });

  it.each<Locations & { name: string; complaint: string }>([
    {
      name: 'a link that leads elsewhere',
      map: at('/ts'),
      links: at('/other'),
      complaint: '"pg_tblspc/1" is a link to "/other", but by "tablespace_map" tablespace 1 is at "/ts"',
    },
    {
      name: 'a link in an archive that leads elsewhere',
      map: at('/ts'),
      links: at('/other'),
      archives: at('/ts'),
      complaint: '"pg_tblspc/1" is a link to "/other", but by "tablespace_map" tablespace 1 is at "/ts"',
    },
    {
      name: 'a link that the map does not have',
      map: new Map(),
      links: at('/ts'),
      complaint: '"pg_tblspc/1" is a link, but "tablespace_map" does not have tablespace 1',
    },
    {
      name: 'no directory',
      map: at('/ts'),
      complaint: '"pg_tblspc/1" is present in "tablespace_map" but not on disk',
    },
    {
      name: 'no archive',
      map: at('/ts'),
      archives: new Map(),
      complaint: 'tablespace 1 of "tablespace_map" has no archive',
    },
    {
      name: 'a stream that says another location',
      map: at('/ts'),
      archives: at('/other'),
      complaint: 'the stream says that tablespace 1 is at "/other", but "tablespace_map" at "/ts"',
    },
    {
      name: 'a stream that says a location without a map',
      archives: at('/ts'),
      complaint: 'the stream says that tablespace 1 is at "/ts", but "tablespace_map" does not have it',
    },
  ])('finds $name', ({ complaint, ...locations }) => {
    expect(judge(locations).complaints).toEqual([complaint]);
  });

  it.each<Locations & { name: string; what: string; why: string }>([
    {
      name: 'a directory in place of a link',
      map: at('/ts', 7),
      what: 'location of tablespace 7',
      why: '"pg_tblspc/7" is a directory',
    },
    {
      name: 'an archive of which nothing else is known',
      archives: at(''),
      what: 'location of tablespace 1',
      why: '"tablespace_map" does not have it',
    },
  ])('states $name', ({ what, why, ...locations }) => {
    expect(judge(locations)).toEqual({ complaints: [], notChecked: [{ what, why }] });
  });
});
