/** The remarks that an error carries, whatever its class: detail and hint, where they are there. */

import type { Remarks } from './backup-error.ts';

/** An error in, its remarks out; none for what is not an error. */
export function remarksOf(error: unknown): Pick<Remarks, 'detail' | 'hint'> {
  if (!(error instanceof Error)) return {};
  return {
    ...('detail' in error && typeof error.detail === 'string' && { detail: error.detail }),
    ...('hint' in error && typeof error.hint === 'string' && { hint: error.hint }),
  };
}
