import { describe, expect, it } from 'vitest';
import { canonicalPath } from '../../../lib/tablespaces/canonical-path.ts';

describe('canonicalPath', () => {
  it.each([
    { path: '//', canonical: '/' },
    { path: '/a/', canonical: '/a' },
    { path: '//a/./b/../c', canonical: '/a/c' },
    { path: '/a/..', canonical: '/' },
  ])('makes $canonical of $path', ({ path, canonical }) => {
    expect(canonicalPath(path)).toBe(canonical);
  });
});
