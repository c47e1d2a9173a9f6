import { describe, expect, it } from 'vitest';
import { plainRules } from '../../../lib/restore/rules.ts';
import { type RestoreStep, withSteps } from '../../../lib/restore/step.ts';
import type { ContentsSink, FileWriter } from '../../../lib/store/file-writer.ts';

const PREFIX = 'pg_tblspc/16384/';

/** A file that remembers what was written to it. */
function file(): { writer: FileWriter; written: () => string } {
  const pieces: Buffer[] = [];
  const sink: ContentsSink = {
    push: (parts) => pieces.push(...parts.map((part) => Buffer.from(part))),
    end() {},
  };
  return { writer: sink as FileWriter, written: () => Buffer.concat(pieces).toString() };
}

describe('withSteps', () => {
  it('lets each step edit the contents of a file, one after the other', () => {
    const append = (text: string): RestoreStep => ({
      edit: (path) =>
        path === `${PREFIX}label` ? (contents) => Buffer.from(`${contents}${text}`) : undefined,
    });
    const rules = withSteps(plainRules('16384.tar'), PREFIX, [append('b'), {}, append('c')]);
    const { writer, written } = file();
    const sink = rules.contents('label', writer, 1);
    sink.push([Buffer.from('a')]);
    sink.end();
    expect(written()).toBe('abc');
    expect(rules.contents('other', writer, 1)).toBe(writer);
  });

  it('hands edited contents to what stands before the file', () => {
    const seen: string[] = [];
    const rules = withSteps(plainRules('16384.tar'), PREFIX, [
      {
        contents: (path, _file, size) => ({
          push: ([part]) => seen.push(`${path} ${size} ${part}`),
          end() {},
        }),
      },
      { edit: () => () => Buffer.from('new') },
    ]);
    const sink = rules.contents('label', file().writer, 3);
    sink.push([Buffer.from('old')]);
    sink.end();
    expect(seen).toEqual([`${PREFIX}label 3 new`]);
  });

  it('creates files under the paths that steps choose', () => {
    const rules = withSteps(plainRules('16384.tar'), PREFIX, [
      { fileName: (path) => path.replace('/INCREMENTAL.', '/') },
      { keeps: (path) => !path.endsWith('.2') },
    ]);
    expect(rules.fileName('5/INCREMENTAL.1')).toBe('5/1');
    expect(rules.fileName('5/INCREMENTAL.2')).toBeUndefined();
    expect(rules.fileName('5/3')).toBe('5/3');
  });
});
