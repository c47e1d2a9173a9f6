/**
 * A place: where a stored backup lies, with a file for each archive and one for the manifest. Whoever reads or writes a
 * backup has this interface, and does not know which of the two rooms is behind it: a directory (directory-place.ts) or
 * an object store (s3/). open-place.ts tells them by their names.
 */

/** One file of a stored backup. */
export interface StoredFile {
  /** In its place: "base.tar.zst". */
  readonly name: string;
  /** With its place, for messages. */
  readonly path: string;
  readonly bytes: number;
  /**
   * Reads the file to its end, or until nothing more is wanted; each chunk is valid until the next is asked for. Throws
   * TroubleError, BackupError if it is not the file any more that was found, and what `signal` carries when it fires.
   */
  open(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined>;
  /** Opens the file to read here and there in it; undefined where that would cost a request each time. */
  descriptor?(): number;
}

/** What has a name in a place. */
export interface PlaceEntry {
  readonly name: string;
  /** Undefined for what is not a regular file. */
  readonly file: StoredFile | undefined;
}

/** What the writing of a backup needs besides the backup. */
export interface WriteOptions {
  /** Whether to wait until all is on disk, where that is for us to say. */
  readonly sync: boolean;
  /** How much may be sent at a time, where that is for us to say. */
  readonly jobs?: number;
  readonly signal: AbortSignal;
  /** Is told what could not be cleaned up, and what others have left. */
  readonly warn: (complaint: string, remarks?: { readonly detail?: string; readonly hint?: string }) => void;
}

/** Where a stored backup lies, or is to lie. */
export interface Place {
  /** As in `directory "/backup/db1"`. */
  readonly subject: string;
  /** All that is there, in the order of names. Throws TroubleError if it cannot be read. */
  list(signal: AbortSignal): Promise<readonly PlaceEntry[]>;
  /** The file of that name. Throws TroubleError if it is not there. */
  file(name: string, signal: AbortSignal): Promise<StoredFile>;
  /** What is there in place of a backup, as a sentence; undefined if nothing can be said of it. */
  otherContents(signal: AbortSignal): Promise<string | undefined>;
  /** What a backup is written to. Throws TroubleError if anything is there. */
  create(options: WriteOptions): Promise<NewBackup>;
}

/** A file that is being written. */
export interface NewFile {
  /** How much has been written. */
  readonly bytes: number;
  /** Takes the next bytes and is done with them. */
  push(parts: readonly Buffer[]): void | Promise<void>;
  /** The contents are complete. */
  end(): void | Promise<void>;
}

/** A backup that is being written. Nothing that looks complete is in its place before it is published. */
export interface NewBackup {
  /** Begins a file. It probably gets so many bytes, if that was announced; several may be open at a time. */
  begin(name: string, announced: number | undefined): NewFile;
  /** All files have ended: gives them their names, the manifest last. */
  publish(): Promise<void>;
  /** Gives up the files as they are. */
  abandon(): void;
  /** Removes all that was written, after abandon(). Returns what that was, in words; undefined if there was nothing. */
  remove(): Promise<string | undefined>;
}

/** Whether a name is that of a place in an object store. */
export function isS3(name: string): boolean {
  return name.startsWith('s3://');
}
