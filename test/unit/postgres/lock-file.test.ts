import { describe, expect, it } from 'vitest';
import { parseLockFile } from '../../../lib/postgres/lock-file.ts';

const START = '4711\n/var/lib/postgresql/15/main\n1764338117\n';

describe('parseLockFile', () => {
  it.each([
    { rest: '5433\n/tmp\nlocalhost\n', host: '/tmp', port: '5433' },
    { rest: '5433\n\n*\n  5432001  3\nready\n', host: 'localhost', port: '5433' },
    { rest: '5433\n\n10.0.0.1\n', host: '10.0.0.1', port: '5433' },
    { rest: '', host: '', port: '' },
  ])('reads $rest', ({ rest, host, port }) => {
    expect(parseLockFile(START + rest)).toEqual({ host, port, pid: 4711 });
  });
});
