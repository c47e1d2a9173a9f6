/**
 * The vocabulary of the backup stream: one frame for each message of PostgreSQL's reply to BASE_BACKUP in the form of
 * version 15 and later, except that messages with contents are joined, since they are the bulk. bb-stream(5) describes
 * the stream; its source is the PostgreSQL manual, "Streaming Replication Protocol" and "Message Formats".
 *
 * What begins also ends, as with the server's own bbsink (src/include/backup/basebackup_sink.h):
 *
 *   archive  data...  archive-end       for each archive
 *   manifest  data...  manifest-end
 *   end                                 always the last frame; a stream that is cut short has no such frames
 *
 * Contents belong to what began last. Only pg_wal.tar may be interrupted by other archives and the manifest: it is
 * resumed by a further `archive` frame, and its end comes after all the others. Ends of archives and of the manifest
 * have no bytes in the stream. A backup that was read from a tar has only the frames above.
 *
 * A frame that was read carries the bytes it was read from (`wire`) and is written from them, so that what
 * is not edited passes through byte for byte. A frame that was made or edited has no `wire`.
 *
 * The buffers in a frame are valid until the next frame is asked for; a consumer that keeps them must copy them.
 */

import type { Lsn } from '../postgres/lsn.ts';
import type { Report } from './server-report.ts';

/** The bytes of the message or messages that a frame was read from, in order. */
export type Wire = readonly Buffer[];

interface Read {
  readonly wire?: Wire;
}

/** ParameterStatus: a parameter of the server, which bb puts before the stream (server_version, block_size ...). */
export interface ParameterFrame extends Read {
  readonly type: 'parameter';
  readonly name: string;
  readonly value: string;
}

/** RowDescription: the columns of the result that follows. */
export interface ColumnsFrame extends Read {
  readonly type: 'columns';
  readonly names: readonly string[];
}

/** A position in the WAL. */
export interface Position {
  readonly lsn: Lsn;
  readonly timeline: number;
}

/** The row that says where the backup starts. */
export interface StartFrame extends Read, Position {
  readonly type: 'start';
}

/** An entry of the tablespace list; the data directory is the last one and has neither OID nor location. */
export interface ListedTablespace {
  readonly oid: number | null;
  readonly location: string | null;
  /** The server's estimate in units of 1024 bytes; null where it was not asked for one. */
  readonly kilobytes: number | null;
}

/** A row of the tablespace list. */
export interface TablespaceFrame extends Read, ListedTablespace {
  readonly type: 'tablespace';
}

/** CommandComplete after a result; the one after the whole backup is an EndFrame. */
export interface ResultEndFrame extends Read {
  readonly type: 'result-end';
}

/** All that a stream has said of the backup before its archives. */
export interface BackupHead {
  /** Parameters of the server, by their names. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly start: Position;
  readonly tablespaces: readonly ListedTablespace[];
}

/** CopyOutResponse: archives follow. What the frames before it have said comes with it, gathered. */
export interface CopyFrame extends Read {
  readonly type: 'copy';
  readonly head: BackupHead;
}

/** 'n': an archive begins, or pg_wal.tar is resumed. */
export interface ArchiveFrame extends Read {
  readonly type: 'archive';
  readonly name: string;
  /** The tablespace's directory on the server; empty for base.tar and pg_wal.tar. */
  readonly location: string;
  readonly resumed: boolean;
}

/** The archive of this name is complete. */
export interface ArchiveEndFrame extends Read {
  readonly type: 'archive-end';
  readonly name: string;
}

/** 'd', one or several: contents of the current archive, or of the manifest. */
export interface DataFrame extends Read {
  readonly type: 'data';
  /** The contents without framing, in pieces that follow each other. */
  readonly parts: readonly Buffer[];
  /** Length of all parts. */
  readonly bytes: number;
}

/** 'p': how many bytes of archives the server has worked through. */
export interface ProgressFrame extends Read {
  readonly type: 'progress';
  readonly bytes: bigint;
}

/** 'm': the manifest begins. */
export interface ManifestFrame extends Read {
  readonly type: 'manifest';
}

/** The manifest is complete. */
export interface ManifestEndFrame extends Read {
  readonly type: 'manifest-end';
}

/** CopyDone: all archives and the manifest have been sent. */
export interface CopyDoneFrame extends Read {
  readonly type: 'copy-done';
}

/** The row that says up to where WAL is needed. */
export interface StopFrame extends Read, Position {
  readonly type: 'stop';
}

/** CommandComplete of BASE_BACKUP: the backup is whole. */
export interface EndFrame extends Read {
  readonly type: 'end';
}

/** NoticeResponse: a warning or notice of the server; may come anywhere. */
export interface NoticeFrame extends Read {
  readonly type: 'notice';
  readonly report: Report;
}

/** One step of a backup stream. ErrorResponse is no frame: it is thrown as AbortError (abort.ts). */
export type Frame =
  | ParameterFrame
  | ColumnsFrame
  | StartFrame
  | TablespaceFrame
  | ResultEndFrame
  | CopyFrame
  | ArchiveFrame
  | ArchiveEndFrame
  | DataFrame
  | ProgressFrame
  | ManifestFrame
  | ManifestEndFrame
  | CopyDoneFrame
  | StopFrame
  | EndFrame
  | NoticeFrame;

/** A link of a pipeline: forwards the frames that it does not change. */
export type Filter = (frames: AsyncIterable<Frame>) => AsyncIterable<Frame>;
