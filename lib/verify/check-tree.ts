/**
 * Which files a directory has, against those of the manifest: what pg_verifybackup finds out before it reads any
 * file, so that plain problems are told quickly (verify_backup_directory() and report_extra_backup_files() in
 * src/bin/pg_verifybackup/pg_verifybackup.c). Links are followed, as those of tablespaces must be.
 */

import { readdirSync, type Stats, statSync } from 'node:fs';
import { systemErrorText } from '../errors/system-error.ts';
import { decodeName } from '../io/file-name.ts';
import type { ManifestFile } from '../manifest/values.ts';
import type { Manifest } from './manifest.ts';
import type { Verification } from './verification.ts';

/** Where a file is; bytes if the name is not UTF-8. */
export type DiskPath = string | Buffer;

/** The files that are in both and have the right size. */
export type FilesOnDisk = ReadonlyMap<ManifestFile, DiskPath>;

/** Compares all of them. */
export function checkTree(root: string, manifest: Manifest, verification: Verification): FilesOnDisk {
  const tree = new TreeCheck(manifest, verification);
  tree.directory(root, '');
  tree.reportMissing();
  return tree.good;
}

class TreeCheck {
  readonly good = new Map<ManifestFile, DiskPath>();
  readonly #bad = new Set<ManifestFile>();
  readonly #manifest: Manifest;
  readonly #verification: Verification;

  constructor(manifest: Manifest, verification: Verification) {
    this.#manifest = manifest;
    this.#verification = verification;
  }

  directory(full: DiskPath, path: string): void {
    let names: Buffer[];
    try {
      names = readdirSync(full, { encoding: 'buffer' });
    } catch (error) {
      this.#complain(path, `could not open directory "${full}": ${systemErrorText(error)}`);
      this.#verification.ignore.add(path);
      return;
    }
    for (const name of names) {
      const text = decodeName(name);
      const below = path === '' ? text : `${path}/${text}`;
      if (!this.#verification.ignore.covers(below)) this.#entry(join(full, name), below);
    }
  }

  reportMissing(): void {
    for (const file of this.#manifest.files.values()) {
      if (this.good.has(file) || this.#bad.has(file) || this.#verification.ignore.covers(file.path)) continue;
      this.#complain(file.path, `"${file.path}" is present in the manifest but not on disk`);
    }
  }

  #entry(full: DiskPath, path: string): void {
    let stats: Stats;
    try {
      stats = statSync(full);
    } catch (error) {
      this.#complain(path, `could not stat file or directory "${path}": ${systemErrorText(error)}`);
      this.#verification.ignore.add(path);
      return;
    }
    if (stats.isDirectory()) this.directory(full, path);
    else if (stats.isFile()) this.#file(full, path, stats.size);
    else this.#complain(path, `"${path}" is not a file or directory`);
  }

  #file(full: DiskPath, path: string, size: number): void {
    const file = this.#manifest.files.get(path);
    if (file === undefined) {
      this.#complain(path, `"${path}" is present on disk but not in the manifest`);
    } else if (file.size !== size) {
      this.#bad.add(file);
      this.#complain(path, `"${path}" has size ${size} on disk but size ${file.size} in the manifest`);
    } else {
      this.good.set(file, full);
      this.#verification.account.files.count++;
      this.#verification.account.files.bytes += size;
    }
  }

  #complain(path: string, message: string): void {
    this.#verification.findings.add({ check: 'file', path, message });
  }
}

function join(folder: DiskPath, name: Buffer): DiskPath {
  const text = name.toString();
  if (typeof folder === 'string' && Buffer.from(text).equals(name)) return `${folder}/${text}`;
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), name]);
}
