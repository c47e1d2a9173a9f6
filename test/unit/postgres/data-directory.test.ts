import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as names from '../../../lib/postgres/data-directory.ts';

const LIB = fileURLToPath(new URL('../../../lib/', import.meta.url));
const HOME = 'postgres/data-directory.ts';
/** Here pg_wal is the name of an archive. */
const ARCHIVES = ['stream/archive-name.ts', 'source/stored/archives.ts'];

describe('names in a data directory', () => {
  it('stand in one file of lib', () => {
    const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && file !== HOME && !ARCHIVES.includes(file),
    );
    const copies = files.flatMap((file) => {
      const source = readFileSync(join(LIB, file), 'utf8');
      return Object.values(names)
        .filter((name) => source.includes(`'${name}'`))
        .map((name) => `${file}: ${name}`);
    });
    expect(copies).toEqual([]);
  });
});
