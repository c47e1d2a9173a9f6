/** Asks for a password as bb does, and prints it. Tests run this program with and without a terminal. */

import { execSync } from 'node:child_process';
import { promptForPassword } from '../../lib/libpq/auth/prompt.ts';

console.log(`process ${process.pid}`);
try {
  console.log(`got ${JSON.stringify(await promptForPassword('Password: '))}`);
  // The terminal must be restored now, and not only at the end of the process.
  console.log(`while running: ${execSync('stty -a < /dev/tty')}`);
} catch (error) {
  console.log(`failed: ${(error as Error).message}`);
}
