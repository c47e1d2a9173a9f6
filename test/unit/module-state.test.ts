/** No file of lib/ keeps state in a variable of its module: it is in an object that somebody has made and can hand on. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib/', import.meta.url));

/** A variable that is assigned again, or a collection that begins empty. */
const STATE =
  /^(?:export )?(?:let |var |const \w+(?:: [^=]+)? = (?:new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\)|\[\]);)/m;

/** The main of a thread, whose one object is replaced when other work begins. */
const EXCEPT = ['verify/reading-thread.ts'];

describe('modules of lib', () => {
  it('keep no state', () => {
    const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !EXCEPT.includes(name),
    );
    expect(files.filter((file) => STATE.test(readFileSync(join(LIB, file), 'utf8')))).toEqual([]);
  });

  it.each([
    'let answer = () => {};',
    'export let bar: string | undefined;',
    'const ignored = new Set<NodeJS.Signals>();',
    'const readers = new WeakMap<Socket, SocketReader>();',
    'const requests: Request[] = [];',
  ])('would be noticed to: %s', (line) => {
    expect(`import x from 'y';\n${line}\n`).toMatch(STATE);
  });
});
