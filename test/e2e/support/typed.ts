/** Command lines for bash, with its redirections and groups, around our tools. */

import { shellText } from '../../support/announce.ts';
import type { Stage } from '../../support/pipeline.ts';

/** A stage as one would type it. */
export function typed({ command, args = [] }: Stage): string {
  return shellText([[command, ...args]]);
}
