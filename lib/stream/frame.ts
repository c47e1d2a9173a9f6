/**
 * The vocabulary of the backup stream: one frame a message of PostgreSQL's reply to BASE_BACKUP in the form
 * of version 15 and later, except that the contents of an archive come in runs of messages, since they are
 * the bulk. bb-stream(5) describes the stream; the PostgreSQL manual, "Streaming Replication Protocol" and
 * "Message Formats", is its source.
 *
 * A frame that was read carries the bytes it was read from (`wire`) and is written from them, so that what
 * is not edited passes through byte for byte. A frame that was made or edited has no `wire`.
 *
 * The buffers in a frame are valid until the next frame is asked for: whoever wants to keep them, copies.
 */

import type { Lsn } from '../postgres/lsn.ts';
import type { Report } from './server-report.ts';

/** The bytes of the message or messages that a frame was read from, in order. */
export type Wire = readonly Buffer[];

interface Read {
  readonly wire?: Wire;
}

/** ParameterStatus: a fact about the server that bb puts before the stream (server_version, block_size ...). */
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

/** The row that says where the backup starts. */
export interface StartFrame extends Read {
  readonly type: 'start';
  readonly lsn: Lsn;
  readonly timeline: number;
}

/** A row of the tablespace list; the data directory is the last one and has neither OID nor location. */
export interface TablespaceFrame extends Read {
  readonly type: 'tablespace';
  readonly oid: number | null;
  readonly location: string | null;
  /** The server's estimate in units of 1024 bytes; null where it was not asked for one. */
  readonly kilobytes: number | null;
}

/** CommandComplete after a result; the one after the whole backup is an EndFrame. */
export interface ResultEndFrame extends Read {
  readonly type: 'result-end';
}

/** CopyOutResponse: archives follow. */
export interface CopyFrame extends Read {
  readonly type: 'copy';
}

/** 'n': an archive begins, or pg_wal.tar goes on. */
export interface ArchiveFrame extends Read {
  readonly type: 'archive';
  readonly name: string;
  /** The tablespace's directory on the server; empty for base.tar and pg_wal.tar. */
  readonly location: string;
}

/** 'd', one or several: contents of the current archive, or of the manifest. */
export interface DataFrame extends Read {
  readonly type: 'data';
  /** The contents without framing, in pieces that follow upon each other. */
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

/** CopyDone: all archives and the manifest have been sent. */
export interface CopyDoneFrame extends Read {
  readonly type: 'copy-done';
}

/** The row that says up to where WAL is needed. */
export interface StopFrame extends Read {
  readonly type: 'stop';
  readonly lsn: Lsn;
  readonly timeline: number;
}

/** CommandComplete of BASE_BACKUP: the backup is whole. */
export interface EndFrame extends Read {
  readonly type: 'end';
}

/** NoticeResponse: a warning or notice of the server; may stand anywhere. */
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
  | DataFrame
  | ProgressFrame
  | ManifestFrame
  | CopyDoneFrame
  | StopFrame
  | EndFrame
  | NoticeFrame;

/** A step of a pipeline: forwards what it does not change. */
export type Filter = (frames: AsyncIterable<Frame>) => AsyncIterable<Frame>;
