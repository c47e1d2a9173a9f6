/** The complaint of a WAL reader, in the words of src/backend/access/transam/xlogreader.c. */

/** Something is wrong with the WAL. Inside lib/wal only: callers see a WalFailure. */
export class WalDamage extends Error {}
