import { DatabaseError } from 'pg-protocol';
import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../../../lib/libpq/connect/attempt-error.ts';
import type { AttemptPlan } from '../../../../lib/libpq/connect/attempt-plan.ts';

const PLAN: AttemptPlan = {
  host: { kind: 'name', host: 'db1', hostaddr: '', port: 5432 },
  endpoint: { kind: 'tcp', address: '127.0.0.1', port: 5432, failure: 'connection to server failed' },
  encryption: 'plain',
};

function refusal(fields: Partial<DatabaseError>): DatabaseError {
  return Object.assign(new DatabaseError(fields.message ?? '', 0, 'error'), fields);
}

describe('explainFailure', () => {
  it.each([
    ['FATAL', 'wrong'],
    ['FATAL', 'connection to server failed: FATAL:  wrong'],
    [undefined, ''],
  ])('says where the password was from, whatever the server says: %s %s', (severity, message) => {
    const error = refusal({ severity, message, code: '28P01' });
    const { trouble } = explainFailure(PLAN, error, { started: true, file: '/home/u/.pgpass' });
    expect(trouble).toMatchObject({
      message: `connection to server failed: ${severity ?? 'ERROR'}:  ${message || 'missing error text'}`,
      detail: 'password retrieved from file "/home/u/.pgpass"',
    });
  });

  it('keeps to itself where a password was from that was not to blame', () => {
    const error = refusal({ severity: 'FATAL', message: 'no such database', code: '3D000' });
    const { trouble } = explainFailure(PLAN, error, { started: true, file: '/home/u/.pgpass' });
    expect(trouble.detail).toBeUndefined();
  });
});
