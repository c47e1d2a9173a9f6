import { describe, expect, it } from 'vitest';
import { loadTool, nearestWord, TOOL_WORDS } from '../../../../lib/tool/runner/tools.ts';

describe('loadTool', () => {
  it.each(TOOL_WORDS)('knows %s, with and without its "bb-"', async (word) => {
    const tool = await loadTool(word);
    expect(tool?.table.tool).toBe(`bb-${word}`);
    expect(await loadTool(`bb-${word}`)).toBe(tool);
  });

  it.each(['', 'toString', '__proto__', 'bb', 'STREAM'])('does not know %j', (word) => {
    expect(loadTool(word)).toBeUndefined();
  });
});

describe('nearestWord', () => {
  it.each([
    ['strem', 'stream'],
    ['verfiy', 'verify'],
    ['compres', 'compress'],
    ['combin', 'combine'],
    ['slpit', undefined],
    ['backup', undefined],
    ['', undefined],
  ])('of %j is %j', (word, nearest) => {
    expect(nearestWord(word)).toBe(nearest);
  });
});
