import { describe, expect, it } from 'vitest';
import { ServerError, toReport } from '../../../../lib/libpq/connect/server-error.ts';

const fields = {
  severity: 'ERROR',
  code: '58P01',
  message: 'could not open file',
  detail: undefined,
  hint: 'Check it.',
};

describe('ServerError', () => {
  it('names the act, then the report as libpq prints it', () => {
    const error = new ServerError('could not start base backup', toReport(fields));
    expect(error.message).toBe('could not start base backup: ERROR:  could not open file');
    expect(error).toMatchObject({ severity: 'ERROR', code: '58P01', detail: undefined, hint: 'Check it.' });
  });
});

describe('toReport', () => {
  it('stands in for what a broken server leaves out', () => {
    const nothing = {
      severity: undefined,
      code: undefined,
      message: undefined,
      detail: undefined,
      hint: undefined,
    };
    expect(toReport(nothing)).toEqual({
      severity: 'ERROR',
      code: 'XX000',
      message: 'missing error text',
    });
  });
});
