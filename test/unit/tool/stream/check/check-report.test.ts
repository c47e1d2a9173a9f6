import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../../lib/errors/trouble.ts';
import { ServerError } from '../../../../../lib/libpq/connect/server-error.ts';
import {
  isReady,
  jsonReport,
  skippedLine,
  textLine,
} from '../../../../../lib/tool/stream/check/check-report.ts';
import {
  type Finding,
  failed,
  notKnown,
  ok,
  reasonOf,
  skipped,
} from '../../../../../lib/tool/stream/check/verdict.ts';

const good: Finding = { what: 'connection', ...ok('encrypted') };
const unclear: Finding = { what: 'tablespaces', ...notKnown('no "SQL"') };
const bad: Finding = { what: 'wal level', ...failed('minimal') };

describe('textLine', () => {
  it.each([
    { finding: good, line: 'ok       connection: encrypted\n' },
    { finding: unclear, line: 'warning  tablespaces: not known: no "SQL"\n' },
    { finding: bad, line: 'failed   wal level: minimal\n' },
    { finding: { ...bad, hint: 'Set it.' }, line: 'failed   wal level: minimal\n         hint: Set it.\n' },
  ])('is $line', ({ finding, line }) => {
    expect(String(textLine(finding))).toBe(line);
  });
});

describe('jsonReport', () => {
  it('is one object on one line', () => {
    expect(String(jsonReport([good, unclear]))).toBe(
      '{"version":1,"ready":true,"checks":[{"what":"connection","status":"ok","detail":"encrypted"},' +
        '{"what":"tablespaces","status":"warning","detail":"not known: no \\"SQL\\""}]}\n',
    );
  });
});

describe('skippedLine', () => {
  it('names all that was skipped, and is none if nothing was', () => {
    const two = ['tablespaces', 'files'].map((what): Finding => ({ what, ...skipped('no connection') }));
    expect(String(skippedLine([good, ...two, bad]))).toBe('skipped  tablespaces, files\n');
    expect(skippedLine([good, unclear, bad])).toBeUndefined();
  });
});

describe('isReady', () => {
  it('minds failures, not warnings', () => {
    expect([isReady([good, unclear]), isReady([good, bad, unclear])]).toEqual([true, false]);
  });
});

describe('reasonOf', () => {
  it('is what the server said, without the act', () => {
    const report = { severity: 'ERROR', code: '42501', message: 'permission denied' };
    expect(reasonOf(new ServerError('could not ask', report))).toBe('permission denied');
  });

  it('is one line', () => {
    expect(reasonOf(new TroubleError('first failed\nsecond failed\n\thint'))).toBe(
      'first failed; second failed; hint',
    );
  });
});
