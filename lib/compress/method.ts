/** The methods of compression that PostgreSQL knows, and their settings. */

/** How an archive or a file is compressed. */
export type Compression = 'gzip' | 'lz4' | 'zstd';

/** The suffix that each method adds to a file's name. */
export const COMPRESSION_SUFFIX: Readonly<Record<Compression, string>> = {
  gzip: '.gz',
  lz4: '.lz4',
  zstd: '.zst',
};

/** How to compress, in ranges that were checked when the settings were read: see src/common/compression.c. */
export interface CompressionSettings {
  readonly method: Compression;
  /** The method's own default if there is none. */
  readonly level?: number | undefined;
  /** Threads to use, 1 if it is not said. They do not change what comes out. */
  readonly workers?: number | undefined;
  /** zstd's long-distance matching. */
  readonly long?: boolean | undefined;
}
