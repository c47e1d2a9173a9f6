/**
 * How findings speak of a file, in the words of pg_verifybackup: on disk by its name alone, in an archive as a file in
 * it.
 */

/** What there is to know of where the file was found. */
interface Found {
  readonly path: string;
  readonly archive: string | undefined;
}

/** The file. */
export function subjectOf({ path, archive }: Found): string {
  return archive === undefined ? `"${path}"` : `file "${path}"`;
}

/** Where it is. */
export function whereIs({ archive }: Found): string {
  return archive === undefined ? 'on disk' : `in archive "${archive}"`;
}

/** The file where its contents are meant; that they are on disk need not be said. */
export function fileOf({ path, archive }: Found): string {
  return archive === undefined ? `file "${path}"` : `file "${path}" in archive "${archive}"`;
}
