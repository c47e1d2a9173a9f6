/**
 * Writes files of which long runs of zeros take no room on disk: units of them that lie between the pieces written
 * become holes, which read as zeros. PostgreSQL does not mind; but what it writes there later may find the disk full.
 */

import { writeAllSync } from '../io/pieces.ts';
import { isZero } from '../io/zeros.ts';
import { FileWriter, type Owner } from '../store/file-writer.ts';

/** Shorter runs are not worth the system call that they would cost, nor the fragments that the file would fall into. */
const UNIT_BYTES = 32 * 1024;

/** One file at a time. */
export class SparseFileWriter extends FileWriter {
  /** Length of the file so far, and of the file without the hole at its end. */
  #length = 0;
  #filled = 0;

  override begin(path: string, mode: number, owner?: Owner): void {
    super.begin(path, mode, owner);
    this.#length = 0;
    this.#filled = 0;
  }

  override end(): void {
    if (this.#length > this.#filled) this.setLength(this.#length);
    super.end();
  }

  protected override put(fd: number, pieces: readonly Buffer[]): void {
    let run: Buffer[] = [];
    for (const piece of pieces) {
      for (const unit of units(piece, this.#length)) {
        this.#length += unit.length;
        if (!isZero(unit)) run.push(unit);
        else {
          this.#fill(fd, run, this.#length - unit.length);
          run = [];
        }
      }
    }
    this.#fill(fd, run, this.#length);
  }

  /** Writes a run that ends at this position in the file. */
  #fill(fd: number, run: readonly Buffer[], end: number): void {
    if (run.length === 0) return;
    const bytes = run.reduce((sum, { length }) => sum + length, 0);
    writeAllSync(fd, run, end - bytes);
    this.#filled = end;
  }
}

/** Cuts a piece of a file where a unit begins; all units begin at multiples of their length. */
function* units(piece: Buffer, position: number): Generator<Buffer, void, undefined> {
  let end = UNIT_BYTES - (position % UNIT_BYTES);
  for (let start = 0; start < piece.length; end += UNIT_BYTES) {
    yield piece.subarray(start, end);
    start = end;
  }
}
