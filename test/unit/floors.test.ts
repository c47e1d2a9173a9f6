/**
 * The floors of lib/: a room imports from the rooms below it, never from one above. An import that has to go up shows
 * that something lies in the wrong room. No circle of files, on one floor neither. ARCHITECTURE.md has the list.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib/', import.meta.url));

/** The rooms from the ground up, as ARCHITECTURE.md lists them from the top. */
const FLOORS = readFloors();

function readFloors(): readonly string[] {
  const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
  const [, list = ''] = /^## Floors$.*?^```$(.*?)^```$/ms.exec(text) ?? [];
  return [...list.matchAll(/^(\S+)\/ /gm)].map(([, room = '']) => room).reverse();
}

/** By its path below lib/: the files that a file imports, statically or when it needs them. */
type Imports = ReadonlyMap<string, readonly string[]>;

function readImports(): Imports {
  const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(join(LIB, file), 'utf8'))]));
}

function importsOf(file: string, source: string): string[] {
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(
    ([, path = '']) => path,
  );
  return specifiers.map((path) => relative(LIB, join(LIB, dirname(file), path)));
}

/** -1 for a file that is in no room. */
function floorOf(file: string): number {
  return FLOORS.findIndex((room) => file.startsWith(`${room}/`));
}

function importsUpwards(imports: Imports): string[] {
  return [...imports].flatMap(([file, imported]) =>
    imported.filter((other) => floorOf(other) > floorOf(file)).map((other) => `${file} imports ${other}`),
  );
}

/** The files of the first circle that is met, each imported by the one before it. */
function findCircle(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const other of imports.get(file) ?? []) {
      const circle = visit(other, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe('lib', () => {
  const imports = readImports();

  it('has the rooms that are listed, and no others', () => {
    const rooms = FLOORS.filter((room) => [...imports.keys()].some((file) => file.startsWith(`${room}/`)));
    expect(rooms).toEqual(FLOORS);
    expect(FLOORS.length).toBeGreaterThan(20);
  });

  it('has every file in a room', () => {
    expect([...imports.keys()].filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  it('imports only what exists', () => {
    const missing = [...imports].flatMap(([, imported]) => imported.filter((other) => !imports.has(other)));
    expect(missing).toEqual([]);
  });

  it('imports downwards', () => {
    expect(importsUpwards(imports)).toEqual([]);
  });

  it('has no circle of files', () => {
    expect(findCircle(imports)).toBeUndefined();
  });

  it('would notice an arrow that is turned round', () => {
    const [upper, lower] = ['sink/stream.ts', 'stream/encode.ts'];
    expect(imports.get(upper)).toContain(lower);
    const turned = new Map([...imports, [lower, [...(imports.get(lower) ?? []), upper]]]);
    expect(importsUpwards(turned)).toEqual([`${lower} imports ${upper}`]);
    expect(findCircle(turned)).toContain(upper);
  });
});
