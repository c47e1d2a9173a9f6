import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../../lib/', import.meta.url));

describe('the largest OID and timeline', () => {
  it('stand in one file of lib', () => {
    const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && /\bMAX_(OID|TIMELINE) = /.test(readFileSync(join(LIB, file), 'utf8')),
    );
    expect(files).toEqual(['postgres/limits.ts']);
  });
});
