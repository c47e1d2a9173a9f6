/** What WAL is read from, wherever it lies (wal-files.ts). */

/** A file that was found, to be closed after use. */
export interface WalFile {
  readonly size: number;
  /** Reads from this offset on, and gives the number of bytes; 0 at the end of the file. */
  read(buffer: Buffer, at: number): number;
  close(): void;
}

/** The files, by their names. */
export interface WalFiles {
  /** In any order; others than WAL may be among them. */
  names(): Iterable<string>;
  /** Undefined if there is no such file. */
  open(name: string): WalFile | undefined;
  close(): Promise<void>;
}
