/** The place that a name means. */

import { DirectoryPlace } from './directory-place.ts';
import type { Place } from './place.ts';

/** Nothing is looked at yet. */
export async function openPlace(name: string): Promise<Place> {
  return new DirectoryPlace(name);
}
