/** The commands that compress, which ours are held against where they are installed. */

import { spawnSync } from 'node:child_process';

const known = new Map<string, boolean>();

/** Whether a command is there; says so once if it is not, since tests are skipped then. */
export function isInstalled(command: string): boolean {
  let found = known.get(command);
  if (found === undefined) {
    found = spawnSync(command, ['--version']).error === undefined;
    if (!found) process.stderr.write(`${command} is not installed: some tests are skipped\n`);
    known.set(command, found);
  }
  return found;
}
