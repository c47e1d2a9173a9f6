/**
 * What rows are measured on. A piece is made when the first row needs it, and removed after the last one, so that all of
 * it need not lie in memory at a time, and a single row does not wait for what it does not use.
 */

import { dirname, join } from 'node:path';
import { back, emptyStream, makeEmpty, makeMovable, makePlain, makeSmall, shell } from './backups.ts';
import { makeChain } from './chain.ts';
import { writeGenerated } from './generated.ts';
import { type Growth, writeGrown } from './grown.ts';
import type { Kind, Material } from './material.ts';
import { sampleScript, tableFiles } from './samples.ts';
import { makeTebibyte } from './tebibyte.ts';

const ZERO_BYTES = 4.5 * 1024 ** 3;

interface Maker {
  /** What must be there first. */
  readonly from?: readonly Piece[];
  make(material: Material): Promise<void>;
  /** What is made, as shell patterns. */
  paths(material: Material): readonly string[];
}

/** The name of a piece. */
export type Piece =
  | 'large'
  | 'movable'
  | 'small'
  | 'empty'
  | 'generated'
  | 'plain'
  | 'zeros'
  | 'chain'
  | 'tebibyte'
  | Kind
  | keyof typeof GROWN;

/** Streams of many files, by their names. */
export const GROWN = {
  million: { files: 1_000_000 },
  files250: { files: 250_000, bytes: 512 },
  files500: { files: 500_000, bytes: 512 },
  files1000: { files: 1_000_000, bytes: 512 },
  tablespaces100: { files: 200_000, tablespaces: 100 },
  tablespaces1000: { files: 2_000_000, tablespaces: 1000 },
} as const satisfies Record<string, Growth>;

/** Where the stream of a piece is. */
export function grownStream({ folder }: Material, name: keyof typeof GROWN): string {
  return join(folder, `${name}.bb`);
}

const MAKERS: Readonly<Record<Piece, Maker>> = {
  large: {
    make: ({ cluster, large }) => back(cluster, large),
    paths: ({ large, tar }) => [large, dirname(tar)],
  },
  movable: { make: makeMovable, paths: ({ movable }) => [movable] },
  small: { make: makeSmall, paths: ({ small }) => [small.stream, dirname(small.tar)] },
  empty: { make: makeEmpty, paths: (material) => [emptyStream(material)] },
  generated: {
    from: ['empty'],
    make: async (material) =>
      writeGenerated(emptyStream(material), await tableFiles(material.cluster), material.generated),
    paths: ({ generated }) => [`${generated}.*`],
  },
  plain: { from: ['large'], make: makePlain, paths: ({ plain }) => Object.values(plain) },
  zeros: {
    make: ({ zeros }) => shell(`truncate -s ${ZERO_BYTES} ${zeros}`),
    paths: ({ zeros }) => [zeros],
  },
  chain: { make: makeChain, paths: ({ folder }) => [`${folder}/chain-*`] },
  tebibyte: {
    make: async (material) => makeTebibyte(material),
    paths: ({ folder }) => [`${folder}/segments-*`],
  },
  pgbench: { make: sample('pgbench'), paths: ({ samples }) => Object.values(samples.pgbench) },
  programs: { make: sample('programs'), paths: ({ samples }) => Object.values(samples.programs) },
  mixed: { from: ['large'], make: sample('mixed'), paths: ({ samples }) => [samples.mixed.short] },
  million: grown('million'),
  files250: grown('files250'),
  files500: grown('files500'),
  files1000: grown('files1000'),
  tablespaces100: grown('tablespaces100'),
  tablespaces1000: grown('tablespaces1000'),
};

/** The pieces that are there. */
export class Pieces {
  readonly #material: Material;
  readonly #made = new Set<Piece>();

  constructor(material: Material) {
    this.#material = material;
  }

  /** Makes those that are not there yet. */
  async provide(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#made.has(piece)) continue;
      const { from = [], make } = MAKERS[piece];
      await this.provide(from);
      await make(this.#material);
      this.#made.add(piece);
    }
  }

  /** Removes all but those that will be needed. */
  async keepOnly(pieces: readonly Piece[]): Promise<void> {
    const needed = new Set(pieces.flatMap((piece) => [piece, ...(MAKERS[piece].from ?? [])]));
    for (const piece of this.#made) {
      if (needed.has(piece)) continue;
      await shell(`rm -rf ${MAKERS[piece].paths(this.#material).join(' ')}`);
      this.#made.delete(piece);
    }
  }
}

function sample(kind: Kind): Maker['make'] {
  return async (material) => shell(await sampleScript(kind, material));
}

function grown(name: keyof typeof GROWN): Maker {
  return {
    from: ['empty'],
    make: (material) => writeGrown(emptyStream(material), grownStream(material, name), GROWN[name]),
    paths: (material) => [grownStream(material, name)],
  };
}
