/**
 * The output of bb-split in a test, in each format, and what it leaves when a backup was not good.
 */

import { mkdtempSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { Stage } from '../../support/pipeline.ts';
import { tool } from '../../support/tools.ts';

/** The formats of the output. */
export const FORMATS = ['tar', 'plain', 'list'] as const;
export type Format = (typeof FORMATS)[number];

/** Names that mark a backup as complete: a server starts from the first, and verification begins with the second. */
const SIGNS_OF_COMPLETENESS = ['pg_control', 'backup_manifest', 'base.tar', 'base.tar.gz'];
const END_OF_LIST = /^end of backup/m;

/** The target of one run: a new directory for everything that bb-split may create. */
export class Target {
  readonly folder: string;
  readonly #format: Format;
  readonly #tablespace: string | undefined;

  /** Creates it in the parent directory. The backup's tablespace, if there is one, is mapped into it. */
  constructor(parent: string, format: Format, tablespace?: string) {
    this.folder = mkdtempSync(join(parent, 'target-'));
    this.#format = format;
    this.#tablespace = tablespace;
  }

  /** The directory given with -D. */
  get directory(): string {
    return join(this.folder, 'backup');
  }

  /** bb-split with this target. */
  split(options: readonly string[] = []): Stage {
    return tool('bb-split', [...this.#options(), ...options]);
  }

  /** The paths of everything in the target. */
  left(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
  }

  /** Checks that the target is empty, and that the printed text does not look complete either. */
  expectNothing(stdout: Buffer): void {
    expect(this.left()).toEqual([]);
    expect(stdout.toString()).not.toMatch(this.#format === 'list' ? END_OF_LIST : /./s);
  }

  /** Checks that the target is not empty, as after -n, and that it does not look complete. */
  expectPart(): void {
    const left = this.left();
    expect(left.length).toBeGreaterThan(1);
    expect(left.filter((path) => SIGNS_OF_COMPLETENESS.includes(basename(path)))).toEqual([]);
    if (this.#format !== 'tar') return;
    expect(left.filter((path) => path !== 'backup' && !path.endsWith('.partial'))).toEqual([]);
  }

  #options(): string[] {
    switch (this.#format) {
      case 'tar':
        return ['-D', this.directory];
      case 'plain':
        return ['-Fp', '-D', this.directory, ...this.#mapping()];
      case 'list':
        return ['--list'];
    }
  }

  #mapping(): string[] {
    return this.#tablespace === undefined ? [] : ['-T', `${this.#tablespace}=${join(this.folder, 'fast')}`];
  }
}
