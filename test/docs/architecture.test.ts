/** What ARCHITECTURE.md and CONTRIBUTING.md name is there: files, directories, npm scripts. */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PACKAGE } from './tools.ts';

const DOCUMENTS = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'];
/** Paths as code: of the repository, or below lib/. */
const PATH = /`((?:[a-z0-9-]+\/)+[a-z0-9.-]*)`|\]\(([^)#:]+)\)/g;

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(document, 'utf8');

  it('names paths that exist', () => {
    const paths = [...text.matchAll(PATH)].map(([, code, link]) => code ?? link ?? '');
    const missing = paths.filter((path) => !existsSync(path) && !existsSync(`lib/${path}`));
    expect(missing).toEqual([]);
    if (document !== 'SECURITY.md') expect(paths.length).toBeGreaterThan(5);
  });

  it('names scripts that the package has', () => {
    const scripts = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);
    expect(scripts.filter((name) => !(name in PACKAGE.scripts))).toEqual([]);
  });
});
