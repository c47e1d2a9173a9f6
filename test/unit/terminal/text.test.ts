/** Text that may be printed, and that nothing else is. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lines, Text, text } from '../../../lib/terminal/text.ts';

describe('text', () => {
  it('keeps its own words, and shows what is hidden in its values', () => {
    expect(String(text`\x1b[1m${'a\x1bb'}\n${7}${8n}\x1b[0m`)).toBe('\x1b[1ma\\x1bb\n78\x1b[0m');
  });

  it('takes text as it is', () => {
    const inner = text`\x1b[1m${'\n'}`;
    expect(String(text`<${inner}>`)).toBe('<\x1b[1m\\n>');
    expect(String(Text.joined([inner, inner]))).toBe('\x1b[1m\\n\x1b[1m\\n');
  });
});

describe('lines', () => {
  it('ends each, and begins no other', () => {
    expect(String(lines(['a', 'b\nc']))).toBe('a\nb\\nc\n');
    expect(lines([]).bytes).toHaveLength(0);
  });
});

describe('what is printed', () => {
  /** How text could get out beside StandardError and Text; the files that may do so, and why. */
  const WAYS: readonly { way: RegExp; except: readonly string[] }[] = [
    // The width of the window is asked for there, and no more.
    {
      way: /process\s*\.\s*(stdout|stderr)|console\s*\.|\bstd(out|err)\.write/,
      except: ['lib/terminal/standard-error.ts'],
    },
    // Standard error; the terminal of the password question; files and pipes in bulk.
    {
      way: /\bwriteSync\(/,
      except: ['lib/terminal/standard-error.ts', 'lib/libpq/auth/prompt.ts', 'lib/io/pieces.ts'],
    },
    { way: /\bwrite(All)?\([^;]*Buffer\.from\([`'"a-z]/, except: ['lib/restore/recovery/recovery-step.ts'] },
    { way: /\bopen(Sync)?\([^;]*(\/dev\/(tty|std|fd)|TERMINAL)/, except: ['lib/libpq/auth/prompt.ts'] },
  ];

  it.each(WAYS)('goes out as Text: $way', ({ way, except }) => {
    const files = ['bin', 'lib'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const found = files.filter((file) => file.endsWith('.ts') && way.test(codeOf(file)));
    expect(found.filter((file) => !except.includes(file))).toEqual([]);
  });
});

/** A file without its comments. */
function codeOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}
