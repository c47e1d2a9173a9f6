import { describe, expect, it } from 'vitest';
import { LineEditor } from '../../../../lib/libpq/auth/line-editor.ts';

describe('LineEditor', () => {
  it.each<[name: string, keys: string[], outcome: string, text: string]>([
    ['a line', ['secret\r'], 'entered', 'secret'],
    ['keys one by one', ['s', 'e', 'c', '\n'], 'entered', 'sec'],
    ['end of file', ['sec\x04'], 'entered', 'sec'],
    ['erase', ['sex\x7fc\bC\r'], 'entered', 'seC'],
    ['erase beyond the beginning', ['\x7f\x7fa\r'], 'entered', 'a'],
    ['erase of a whole character', ['aß😀\x7f\x7fb\r'], 'entered', 'ab'],
    ['erase all', ['wrong\x15right\r'], 'entered', 'right'],
    ['interrupt', ['sec\x03'], 'interrupted', 'sec'],
    ['an unfinished line', ['sec'], 'going on', 'sec'],
    ['nothing after enter', ['sec\rmore'], 'entered', 'sec'],
  ])('understands %s', (_name, keys, outcome, text) => {
    const editor = new LineEditor();
    expect(keys.map((key) => editor.type(key)).at(-1)).toBe(outcome);
    expect(editor.text).toBe(text);
  });
});
