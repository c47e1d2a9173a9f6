/** Asks for a password as bb does and says what it got: for tests that give it a terminal, or none. */

import { execSync } from 'node:child_process';
import { promptForPassword } from '../../lib/libpq/auth/prompt.ts';

console.log(`process ${process.pid}`);
try {
  console.log(`got ${JSON.stringify(await promptForPassword('Password: '))}`);
  // Not only at the end of the process is the terminal as it was.
  console.log(`while running: ${execSync('stty -a < /dev/tty')}`);
} catch (error) {
  console.log(`failed: ${(error as Error).message}`);
}
