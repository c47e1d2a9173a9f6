/**
 * The password prompt on a real terminal, which script(1) creates: nothing is echoed, standard input and output are not
 * used, and the terminal is always restored.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { run } from '../support/run.ts';
import { untilTrue } from '../support/wait.ts';

const PROGRAM = `'${process.execPath}' --import tsx test/support/auth-prompt.ts`;

/** Runs a shell command on a new terminal, reacts to its prompt, and returns everything that the terminal showed. */
async function onTerminal(command: string, react: (shown: string, type: (keys: string) => void) => void) {
  const child = spawn('script', ['-qec', `${command}; echo status $?; stty -a`, '/dev/null']);
  let shown = '';
  child.stdout.on('data', (bytes: Buffer) => {
    shown += bytes;
  });
  const closed = once(child, 'close');
  await untilTrue('the prompt is shown', () => shown.includes('Password: '));
  react(shown, (keys) => child.stdin.write(keys));
  await closed;
  return shown;
}

describe('the password prompt', () => {
  it.each([
    ['a line', 'geheim\r', 'got "geheim"'],
    ['corrections', 'wrong\x15gehex\x7fim\r', 'got "geheim"'],
    ['nothing', '\r', 'got ""'],
    ['characters beyond ASCII', 'pässwörd\r', 'got "pässwörd"'],
  ])('takes %s, unseen', async (_name, keys, outcome) => {
    const shown = await onTerminal(PROGRAM, (_, type) => type(keys));
    expect(shown).toContain(`Password: \r\n${outcome}\r\n`);
    expect(shown).toMatch(/while running: .* icanon .* echo .*status 0.* icanon .* echo /s);
  });

  it('is on the terminal, whatever standard input and output are', async () => {
    const shown = await onTerminal(`echo no | ${PROGRAM} | tr a-z A-Z`, (_, type) => type('geheim\r'));
    expect(shown).toContain('Password: ');
    expect(shown).toContain('GOT "GEHEIM"');
  });

  it.each<[name: string, react: (shown: string, type: (keys: string) => void) => void, status: number]>([
    ['the interrupt key', (_, type) => type('geh\x03'), 130],
    ['SIGINT', (shown) => signal(shown, 'SIGINT'), 130],
    ['SIGTERM', (shown) => signal(shown, 'SIGTERM'), 143],
    ['SIGHUP', (shown) => signal(shown, 'SIGHUP'), 129],
  ])('ends by %s and puts the terminal back', async (_name, react, status) => {
    const shown = await onTerminal(PROGRAM, react);
    expect(shown).toContain(`status ${status}`);
    expect(shown).not.toContain('got');
    expect(shown).toMatch(/ icanon .* echo /s);
  });

  it('says so where there is no terminal', async () => {
    const { stdout } = await run('sh', ['-c', PROGRAM]);
    expect(stdout.toString()).toContain(
      'failed: could not open terminal to ask for a password: No such device or address',
    );
  });
});

function signal(shown: string, name: NodeJS.Signals): void {
  process.kill(Number(/process (\d+)/.exec(shown)?.[1]), name);
}
