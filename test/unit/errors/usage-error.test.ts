import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../../lib/', import.meta.url));

describe('UsageError', () => {
  it('is thrown where options are read, and nowhere below', () => {
    const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && readFileSync(join(LIB, file), 'utf8').includes('new UsageError('),
    );
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !file.startsWith('tool/'))).toEqual([]);
  });
});
