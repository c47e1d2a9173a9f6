/**
 * What threads that read files are asked, and what they answer. A job fills one slab of memory with a piece of a tar:
 * headers as they are, files with the padding after them, and parts of files that are too large for one slab. All of it
 * can be sent to another thread.
 */

import type { ByteRange } from '../../io/page-cache.ts';
import type { ChecksumAlgorithm } from '../../manifest/checksum.ts';
import type { PageRules } from '../../page/page-checker.ts';
import type { PageReport } from '../../page/page-report.ts';
import type { KernelMemory } from '../../page/wasm.ts';

/** A multiple of every block size; small enough for the processor's caches, large enough for few messages. */
export const SLAB_BYTES = 1024 * 1024;

/** What a thread is told first. */
export interface FillRules {
  /** The slabs, one after the other, which the thread shares with its user. */
  readonly memory: KernelMemory;
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined if no pages are to be checked. */
  readonly pages: PageRules | undefined;
  /** Whether a server is changing the files, so that they may shrink or disappear. */
  readonly running: boolean;
}

/** How contents are looked at while they are read. */
interface Looking {
  /** For messages. */
  readonly path: string;
  readonly checksum: boolean;
  /** The number of the first block, if it has pages that are to be checked. */
  readonly firstBlock: number | undefined;
}

/** A whole file. Its header and its contents, up to this size, are left out if it is not there any more. */
export interface WholeFile extends Looking {
  readonly kind: 'file';
  readonly name: string | Uint8Array;
  readonly header: Uint8Array;
  readonly size: number;
  readonly mayBeMissing: boolean;
  /** What the system must still say of it, if it must not change. */
  readonly identity: FileIdentity | undefined;
}

/** Whole pages of a file that is open. */
export interface FilePart extends Looking {
  readonly kind: 'part';
  readonly fd: number;
  readonly offset: number;
  readonly bytes: number;
  /** What of it was not in the system's memory before the file was read. */
  readonly absent: readonly ByteRange[];
}

/** By what a file that has not changed is known. */
export interface FileIdentity {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export type FillItem = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | WholeFile | FilePart;

/** What is to be put into a slab. */
export interface FillJob {
  readonly slab: number;
  readonly items: readonly FillItem[];
}

/** What was found out about one item. */
export interface FoundContents {
  /** Empty if none was wanted, or if it cannot be computed from a part. */
  readonly checksum: string;
  readonly pages: PageReport | undefined;
}

/** How much was put into the slab, and what was found, item by item: undefined for bytes and for a missing file. */
export type FillReply =
  | { readonly bytes: number; readonly found: readonly (FoundContents | undefined)[] }
  | { readonly trouble: string; readonly detail?: string };
