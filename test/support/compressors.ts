/** The compression commands with which our results are compared, where they are installed. */

import { spawnSync } from 'node:child_process';

const known = new Map<string, boolean>();

/** Whether a command is installed. If not, tests are skipped, and a message says so once. */
export function isInstalled(command: string): boolean {
  let found = known.get(command);
  if (found === undefined) {
    found = spawnSync(command, ['--version']).error === undefined;
    if (!found) process.stderr.write(`${command} is not installed: some tests are skipped\n`);
    known.set(command, found);
  }
  return found;
}
