/**
 * Looks for the files that base.tar must have while it passes: pieces of the tar in, an error out at its end if one is
 * missing. The control file is looked into, since it tells whether there has to be a backup_label.
 */

import { CONTROL_FILE_BYTES } from '../postgres/control-file.ts';
import { CONTROL_FILE } from '../postgres/data-directory.ts';
import { RequiredFiles } from '../postgres/required-files.ts';
import type { TarChunk } from '../tar/reader.ts';

/** Takes all pieces of one archive. */
export class BaseFiles {
  readonly #required = new RequiredFiles();
  readonly #control: Buffer[] = [];
  #inControl = false;

  see(piece: TarChunk): void {
    if (piece.type === 'header') {
      const { path, kind, size } = piece.member;
      const name = path.replace(/^\.\//, '');
      if (kind === 'file') this.#required.see(name);
      this.#inControl = name === CONTROL_FILE && size === CONTROL_FILE_BYTES;
    } else if (this.#inControl && piece.type === 'contents') this.#control.push(Buffer.from(piece.bytes));
  }

  /** The archive has ended. Throws BackupError unless it is that of a data directory. */
  insistOn(archive: string): void {
    if (this.#control.length > 0) this.#required.seeControl(Buffer.concat(this.#control));
    this.#required.insistOn(archive);
  }
}
