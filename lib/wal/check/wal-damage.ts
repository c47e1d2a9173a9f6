/** The complaint of a WAL reader, in the words of src/backend/access/transam/xlogreader.c. */

/** Something is wrong with the WAL. Inside lib/wal only: callers see a WalFailure. */
export class WalDamage extends Error {}

/** Not damage, but pages of a version newer than all known ones. */
export class NewerWal extends WalDamage {
  readonly magic: number;

  constructor(magic: number, message: string) {
    super(message);
    this.magic = magic;
  }
}
