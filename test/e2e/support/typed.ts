/** Command lines for bash, with redirections and groups. */

import { shellText } from '../../support/announce.ts';
import type { Stage } from '../../support/pipeline.ts';

/** A stage as a user would type it. */
export function typed({ command, args = [] }: Stage): string {
  return shellText([[command, ...args]]);
}
