/** The place that a name means: a directory, or a place in an object store. */

import { DirectoryPlace } from './directory-place.ts';
import { isS3, type Place } from './place.ts';

/** Nothing is looked at yet. Throws TroubleError for an URL that makes no sense. */
export async function openPlace(name: string): Promise<Place> {
  if (!isS3(name)) return new DirectoryPlace(name);
  // Only loaded when it is needed, as is what it builds on.
  const { S3Place } = await import('./s3/s3-place.ts');
  return new S3Place(name);
}
