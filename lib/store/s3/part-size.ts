/**
 * How large the parts of an upload are. A store takes 10,000 parts of an object, of 5 MiB (but for the last) to 5 GiB,
 * and 5 TiB in all ("Amazon S3 multipart upload limits" in the Amazon S3 User Guide). How large an archive becomes is
 * announced by the server, more or less, or not known at all. Parts have one size, as some stores insist on, as long as
 * no more comes than was announced, and grow with what has come after that.
 */

const MIB = 1024 * 1024;
/** The smallest part: small enough for several of them in memory, and large enough for few requests. */
export const MIN_PART_BYTES = 8 * MIB;
const MAX_PART_BYTES = 5 * 1024 * MIB;
export const MAX_PARTS = 10_000;
/** The parts in which what was announced fits; the others are for what comes after it. */
const PLANNED_PARTS = 7000;
/** After the planned parts, each is such a fraction of what was sent, so that 500 parts multiply that by e. */
const GROWTH = 500;

/** The size of the next part, when so many bytes are in parts before it. */
export function nextPartBytes(announced: number | undefined, sent: number): number {
  const planned = Math.max(announced ?? 0, PLANNED_PARTS * MIN_PART_BYTES);
  const bytes = sent < planned ? planned / PLANNED_PARTS : sent / GROWTH;
  return Math.min(Math.ceil(bytes / MIB) * MIB, MAX_PART_BYTES);
}
