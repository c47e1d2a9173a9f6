/** The complaint of a WAL reader, in the words of src/backend/access/transam/xlogreader.c. */

/** Something is wrong with the WAL. Inside lib/wal only: callers see a WalFailure. */
export class WalDamage extends Error {}

/** No damage, but the pages of a version that is newer than all that are known. */
export class NewerWal extends WalDamage {
  readonly magic: number;

  constructor(magic: number, message: string) {
    super(message);
    this.magic = magic;
  }
}
