import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { remarksOf } from '../../../lib/errors/remarks.ts';
import { UsageError } from '../../../lib/errors/trouble.ts';

describe('remarksOf', () => {
  it.each([
    [new BackupError('bad', { detail: 'Why.', hint: 'Do.' }), { detail: 'Why.', hint: 'Do.' }],
    [new UsageError('wrong', { hint: 'Do.' }), { hint: 'Do.' }],
    [Object.assign(new Error('other'), { detail: 'Why.', hint: 1 }), { detail: 'Why.' }],
    [new Error('other'), {}],
    ['text', {}],
    [undefined, {}],
    [null, {}],
  ])('are those that the error has: %j', (error, remarks) => {
    expect(remarksOf(error)).toEqual(remarks);
  });
});
