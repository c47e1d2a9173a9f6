/** Makes files as an incremental backup has them, good ones and others. */

/** What stands in a file; what is left out is as the server has it. */
export interface IncrementalContents {
  readonly blocks: readonly number[];
  readonly truncation: number;
  readonly blockBytes?: number;
  readonly magic?: number;
  /** How many blocks it says that it has. */
  readonly count?: number;
  /** What the page of a block consists of. */
  readonly fill?: (block: number) => number;
  /** The whole page of a block. */
  readonly page?: (block: number) => Buffer;
}

export const MAGIC = 0xd3ae1f0d;

/** The bytes of a file. */
export function incrementalFile(contents: IncrementalContents): Buffer {
  const { blocks, truncation, blockBytes = 8192, magic = MAGIC, count = blocks.length } = contents;
  const { fill = (block) => block + 1 } = contents;
  const { page = (block) => Buffer.alloc(blockBytes, fill(block)) } = contents;
  const head = Buffer.from(new Uint32Array([magic, count, truncation, ...blocks]).buffer);
  if (blocks.length === 0) return head;
  const padding = Buffer.alloc((blockBytes - (head.length % blockBytes)) % blockBytes);
  return Buffer.concat([head, padding, ...blocks.map(page)]);
}
