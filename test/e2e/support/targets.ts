/**
 * Where bb-split writes to in a test, for each of its ends, and what it leaves there when a backup was not good.
 */

import { mkdtempSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { Stage } from '../../support/pipeline.ts';
import { tool } from '../../support/tools.ts';

/** What bb-split can be told to make. */
export const FORMATS = ['tar', 'plain', 'list'] as const;
export type Format = (typeof FORMATS)[number];

/** Names that say "complete": a server starts from the first, and verification begins with the second. */
const SIGNS_OF_COMPLETENESS = ['pg_control', 'backup_manifest', 'base.tar', 'base.tar.gz'];
const END_OF_LIST = /^end of backup/m;

/** One run's place, a new directory of its own in which everything goes that bb-split may make. */
export class Target {
  readonly folder: string;
  readonly #format: Format;
  readonly #tablespace: string | undefined;

  /** In the parent directory; the location of the backup's tablespace, if it has one, is mapped into it. */
  constructor(parent: string, format: Format, tablespace?: string) {
    this.folder = mkdtempSync(join(parent, 'target-'));
    this.#format = format;
    this.#tablespace = tablespace;
  }

  /** The directory given with -D. */
  get directory(): string {
    return join(this.folder, 'backup');
  }

  /** bb-split, to write here. */
  split(options: readonly string[] = []): Stage {
    return tool('bb-split', [...this.#options(), ...options]);
  }

  /** All that is there, by path. */
  left(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
  }

  /** Insists that nothing is there, and that what was printed does not look complete either. */
  expectNothing(stdout: Buffer): void {
    expect(this.left()).toEqual([]);
    expect(stdout.toString()).not.toMatch(this.#format === 'list' ? END_OF_LIST : /./s);
  }

  /** Insists that something is there, as after -n, and that it does not look complete. */
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
