/** Diagnostics, as they appear on standard error. */

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Messages } from '../../../lib/terminal/messages.ts';
import { StandardError } from '../../../lib/terminal/standard-error.ts';
import { text } from '../../../lib/terminal/text.ts';
import { takeErrors } from './capture.ts';

vi.mock('node:fs', async (original) => ({ ...(await original<object>()), writeSync: vi.fn() }));
vi.mock('node:tty', async (original) => ({ ...(await original<object>()), isatty: vi.fn(() => false) }));

beforeEach(() => {
  vi.stubEnv('PG_COLOR', undefined);
  vi.stubEnv('NO_COLOR', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.mocked(isatty).mockReturnValue(false);
  takeErrors();
});

describe('Messages', () => {
  it('names the tool and the level', () => {
    const messages = new Messages('bb-test');
    messages.error('could not open file "x": No such file or directory');
    messages.warning('skipping it');
    expect(takeErrors()).toBe(
      'bb-test: error: could not open file "x": No such file or directory\nbb-test: warning: skipping it\n',
    );
  });

  it('puts detail and hint on lines of their own, all in one write', () => {
    new Messages('bb-test').error('it failed', { detail: 'This is why.', hint: 'Do that.' });
    expect(writeSync).toHaveBeenCalledTimes(1);
    expect(takeErrors()).toBe(
      'bb-test: error: it failed\nbb-test: detail: This is why.\nbb-test: hint: Do that.\n',
    );
  });

  it('shows what is hidden in a message, its detail and its hint', () => {
    const hostile = 'a\rb\nbb-test: backup successfully verified\x1b[31m\x7f\x9b\u202e';
    const shown = String.raw`a\rb\nbb-test: backup successfully verified\x1b[31m\x7f\x9b\u{202e}`;
    const messages = new Messages('bb-test', { verbose: true });
    messages.error(hostile, { detail: hostile, hint: hostile });
    messages.notice({ severity: 'NOTICE', code: '', message: hostile });
    messages.info(hostile);
    messages.done(hostile);
    const levels = ['error: ', 'detail: ', 'hint: ', 'notice: ', '', ''];
    expect(takeErrors()).toBe(levels.map((level) => `bb-test: ${level}${shown}\n`).join(''));
  });

  it.each([
    { severity: 'WARNING', level: 'warning' },
    { severity: 'NOTICE', level: 'notice' },
    { severity: 'INFO', level: 'notice' },
  ])('shows a $severity of the server as a $level', ({ severity, level }) => {
    new Messages('bb-test').notice({ severity, code: '01000', message: 'WAL archiving is off', hint: 'Hm.' });
    expect(takeErrors()).toBe(`bb-test: ${level}: WAL archiving is off\nbb-test: hint: Hm.\n`);
  });

  it.each([
    { verbose: true, text: 'bb-test: checkpoint completed\n' },
    { verbose: false, text: '' },
  ])('tells of steps under -v only ($verbose)', ({ verbose, text }) => {
    new Messages('bb-test', { verbose }).info('checkpoint completed');
    expect(takeErrors()).toBe(text);
  });

  const RED = 'bb-test: \x1b[01;31merror: \x1b[0mno\n';
  const PLAIN = 'bb-test: error: no\n';
  it.each([
    { PG_COLOR: undefined, NO_COLOR: undefined, terminal: true, text: PLAIN },
    { PG_COLOR: 'never', NO_COLOR: undefined, terminal: true, text: PLAIN },
    { PG_COLOR: 'auto', NO_COLOR: undefined, terminal: true, text: RED },
    { PG_COLOR: 'auto', NO_COLOR: undefined, terminal: false, text: PLAIN },
    { PG_COLOR: 'always', NO_COLOR: undefined, terminal: false, text: RED },
    { PG_COLOR: 'always', NO_COLOR: '', terminal: false, text: RED },
    { PG_COLOR: 'always', NO_COLOR: '1', terminal: true, text: PLAIN },
    { PG_COLOR: 'auto', NO_COLOR: '1', terminal: true, text: PLAIN },
  ])('colours as PG_COLOR=$PG_COLOR and NO_COLOR=$NO_COLOR say, terminal: $terminal', (row) => {
    vi.stubEnv('PG_COLOR', row.PG_COLOR);
    vi.stubEnv('NO_COLOR', row.NO_COLOR);
    vi.mocked(isatty).mockReturnValue(row.terminal);
    new Messages('bb-test').error('no');
    expect(takeErrors()).toBe(row.text);
  });
});

describe('StandardError', () => {
  it('goes on when standard error is closed', () => {
    vi.mocked(writeSync).mockImplementationOnce(() => {
      throw Object.assign(new Error('bad file descriptor'), { code: 'EBADF' });
    });
    expect(() => new StandardError().write(text`lost\n`)).not.toThrow();
  });
});
