/**
 * What `--version -v` says: which libraries are there for what a tool does, and from where. They differ from machine to
 * machine, and with them speed, levels and compressed bytes.
 */

import { readFileSync } from 'node:fs';
import { loadLz4Library } from '../compress/lz4-library.ts';
import { loadZstdLibrary } from '../compress/zstd-library.ts';
import { loadNodeZstd } from '../compress/zstd-node.ts';
import { loadIsal } from '../crc/isal.ts';
import { requirePackage } from '../io/native.ts';

const NODE = 'Node.js';
const SDK = '@aws-sdk/client-s3';

/** A line for each of them. Loads them all. */
export function componentLines(): readonly string[] {
  const { node, zlib } = process.versions;
  return [
    `${NODE} ${node}: ${process.execPath}`,
    `gzip: zlib ${zlib} of ${NODE}${hasPackage('@node-rs/crc32') ? '' : ', cannot compress without @node-rs/crc32'}`,
    `lz4: ${lz4()}`,
    `zstd: ${zstd()}`,
    `CRC-32C: ${crc32c()}`,
    `object stores: ${sdk()}`,
    `calls of the system's libraries: ${hasPackage('koffi') ? 'koffi' : 'none, for lack of koffi'}`,
  ];
}

function lz4(): string {
  const { version } = attempt(loadLz4Library) ?? {};
  if (!hasPackage('@node-rs/xxhash')) return 'none, for lack of @node-rs/xxhash';
  if (version !== undefined) return `liblz4 ${version}, ${fileOf('liblz4.so')}`;
  return hasPackage('lz4-napi') ? 'lz4-napi, levels 1 and 2 only' : 'none';
}

function zstd(): string {
  const { version } = attempt(loadZstdLibrary) ?? {};
  if (version !== undefined) return `libzstd ${version}, ${fileOf('libzstd.so')}`;
  return loadNodeZstd() === undefined ? 'none' : `libzstd ${process.versions.zstd} of ${NODE}`;
}

function crc32c(): string {
  if (loadIsal() !== undefined) return `ISA-L, ${fileOf('libisal.so')}`;
  return hasPackage('@node-rs/crc32') ? '@node-rs/crc32' : 'none';
}

function sdk(): string {
  const { version } = attempt(() => requirePackage<{ version?: string }>(`${SDK}/package.json`)) ?? {};
  return version === undefined ? `none, for lack of ${SDK}` : `${SDK} ${version}`;
}

function hasPackage(name: string): boolean {
  return attempt(() => requirePackage<object>(name)) !== undefined;
}

function attempt<Loaded>(load: () => Loaded): Loaded | undefined {
  try {
    return load();
  } catch {
    return undefined;
  }
}

/** The file of a library that has been loaded, from /proc; the name where there is no /proc. */
function fileOf(name: string): string {
  const maps = attempt(() => readFileSync('/proc/self/maps', 'latin1')) ?? '';
  const line = maps.split('\n').find((candidate) => candidate.includes(`/${name}`));
  return line === undefined ? name : line.slice(line.indexOf('/'));
}
