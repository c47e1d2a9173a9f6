/**
 * Compares the manual pages with the programs, as t0450 of git does: each tool has a page, with its usage, all its
 * options and no others, and its exit statuses.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Option } from '../../lib/tool/options.ts';
import { pageExamples } from './find-examples.ts';
import { argumentsOf, itemHeads, readPage, sectionOf, synopsis } from './mdoc.ts';
import { optionsOf, PACKAGE, PAGES, README, spellings, TOOLS } from './tools.ts';

describe('the set of pages', () => {
  it('has one for each tool, one for the format, one for the whole, and no others', () => {
    expect(PAGES).toEqual(
      [...TOOLS.keys()]
        .flatMap((tool) => [`${tool}.1`])
        .concat('bb-stream.5', 'bb.7')
        .sort(),
    );
  });

  it('is what the package installs, beside the same tools', () => {
    expect([...PACKAGE.man].sort()).toEqual(PAGES.map((page) => `man/${page}`));
    expect(Object.keys(PACKAGE.bin).sort()).toEqual([...TOOLS.keys()].sort());
    expect(readdirSync('bin').sort()).toEqual([...TOOLS.keys()].map((tool) => `${tool}.ts`).sort());
  });
});

describe.each(PAGES)('%s', (file) => {
  it('has the name of its file in its title', () => {
    const [name = '', section] = file.split('.');
    expect(readFileSync(`man/${file}`, 'utf8')).toContain(`\n.Dt ${name.toUpperCase()} ${section}\n`);
  });
});

describe.each([...TOOLS])('%s(1)', (tool, { table }) => {
  const page = readPage(`${tool}.1`);
  const options = optionsOf(table);

  it('has the usage of --help as its synopsis', () => {
    expect(synopsis(page)).toEqual(table.usage);
  });

  it('has the example of --help', () => {
    expect(pageExamples(`${tool}.1`).map(({ text }) => text.trim())).toContain(table.example);
  });

  it('describes the options of --help, in their order, and no others', () => {
    expect(itemHeads(sectionOf(page, 'OPTIONS'))).toEqual(options.map(headOf));
  });

  it('mentions no option that does not exist', () => {
    const mentioned = [...page.values()].flatMap((section) => argumentsOf('Fl', section));
    expect(mentioned.length).toBeGreaterThan(options.length);
    const known = spellings(options);
    expect(mentioned.filter((flag) => !known.has(`-${flag}`))).toEqual([]);
  });

  it('has the exit statuses of the README', () => {
    const statuses = Array.from(README.matchAll(/^\| ([0-9, ]+) \|/gm), ([, status]) => status);
    expect(statuses).toEqual(['0', '1', '2', '129, 130, 143', '141']);
    expect(itemHeads(sectionOf(page, 'EXIT STATUS'))).toEqual(statuses);
  });
});

describe('bb(7)', () => {
  const page = readPage('bb.7');

  it('tells of every tool, and refers to every other page', () => {
    expect(itemHeads(sectionOf(page, 'DESCRIPTION'))).toHaveLength(TOOLS.size);
    const text = sectionOf(page, 'SEE ALSO').join('\n');
    const others = PAGES.filter((file) => file !== 'bb.7').map((file) => file.split('.'));
    expect(others.filter(([name, section]) => !text.includes(`.Xr ${name} ${section}`))).toEqual([]);
  });
});

/** The head of an option's item: `-D DIRECTORY, --pgdata=DIRECTORY`. */
function headOf({ name, short, value, valueOptional = false, digits = false }: Option): string {
  const attached = value === undefined ? '' : valueOptional ? `[=${value}]` : `=${value}`;
  const apart = value === undefined || valueOptional ? '' : ` ${value}`;
  if (digits) return `-${value}, --${name}${attached}`;
  return `${short === undefined ? '' : `-${short}${apart}, `}--${name}${attached}`;
}

describe('mandoc', () => {
  const found = spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error === undefined;
  if (!found) console.warn('mandoc is not installed: the manual pages are not checked for mdoc mistakes');

  it.skipIf(!found).each(PAGES)('has nothing against %s', (file) => {
    const { status, stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', `man/${file}`]);
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
