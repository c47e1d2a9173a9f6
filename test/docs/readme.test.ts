/** Compares the README and the change log with the package. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optionsOf, PACKAGE, README, spellings, TOOLS } from './tools.ts';

const OPTIONS = [...TOOLS.values()].flatMap(({ table }) => optionsOf(table));

describe('README.md', () => {
  it('mentions no option that does not exist', () => {
    const mentioned = Array.from(
      README.matchAll(/`(?:bb-[a-z]+ )?(-[^`=\s]+)[^`]*`/g),
      ([, flag = '']) => flag,
    );
    expect(mentioned).toEqual(expect.arrayContaining(['--wal-spool', '-Fp']));
    const known = spellings(OPTIONS);
    const bare = mentioned.map((flag) => (flag.startsWith('--') ? flag : flag.slice(0, 2)));
    expect(bare.filter((flag) => !known.has(flag))).toEqual([]);
  });

  it('names scripts that the package has', () => {
    const scripts = Array.from(
      README.matchAll(/npm (?:run )?(demo|test|[a-z]+:[a-z]+)\b/g),
      ([, name = '']) => name,
    );
    expect(new Set(scripts)).toEqual(new Set(['demo', 'test']));
    expect(Object.keys(PACKAGE.scripts)).toEqual(expect.arrayContaining(scripts));
  });

  it('links to files that exist', () => {
    const links = Array.from(README.matchAll(/\]\(([^):]+)\)/g), ([, path = '']) => path);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('CHANGELOG.md', () => {
  it('has the version of the package at its top', () => {
    const [, version] = /^## \[([^\]]+)\]/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
    expect(version).toBe(PACKAGE.version);
  });
});
