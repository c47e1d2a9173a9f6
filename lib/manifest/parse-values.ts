/**
 * Makes files and WAL ranges from their fields in a manifest, which are all text at first. The checks and complaints
 * are those of json_manifest_finalize_file() and json_manifest_finalize_wal_range() in src/common/parse_manifest.c,
 * except that numbers must be plain digits.
 */

import { BackupError } from '../errors/backup-error.ts';
import { decodeName } from '../io/file-name.ts';
import { MAX_TIMELINE } from '../postgres/limits.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { type ChecksumAlgorithm, parseChecksumAlgorithm } from './checksum.ts';
import { malformedManifest } from './malformed-manifest.ts';
import type { ManifestFile, WalRange } from './values.ts';

/** The names of the fields of a file's object, and of a WAL range's. */
export type FileField =
  | 'Path'
  | 'Encoded-Path'
  | 'Size'
  | 'Last-Modified'
  | 'Checksum-Algorithm'
  | 'Checksum';
export type RangeField = 'Timeline' | 'Start-LSN' | 'End-LSN';
export const FILE_FIELDS = byName<FileField>([
  'Path',
  'Encoded-Path',
  'Size',
  'Last-Modified',
  'Checksum-Algorithm',
  'Checksum',
]);
export const RANGE_FIELDS = byName<RangeField>(['Timeline', 'Start-LSN', 'End-LSN']);

const DIGITS = /^[0-9]+$/;
const HEX = /^(?:[0-9A-Fa-f]{2})*$/;
const MAX_SYSTEM_IDENTIFIER = 2n ** 64n - 1n;

/** Makes a file. Throws BackupError. */
export function makeFile(fields: Readonly<Partial<Record<FileField, string>>>): ManifestFile {
  const { Path: plain, 'Encoded-Path': encoded, Size: size } = fields;
  const { 'Checksum-Algorithm': algorithm, Checksum: checksum = '' } = fields;
  if (plain !== undefined && encoded !== undefined)
    throw malformedManifest('both path name and encoded path name');
  if (plain === undefined && encoded === undefined) throw malformedManifest('missing path name');
  if (size === undefined) throw malformedManifest('missing size');
  if (algorithm === undefined && fields.Checksum !== undefined)
    throw malformedManifest('checksum without algorithm');
  const path = plain === undefined ? decodePath(encoded ?? '') : ownCopy(plain);
  return {
    path,
    size: parseNumber(size, Number.MAX_SAFE_INTEGER, 'file size is not an integer'),
    algorithm: algorithm === undefined ? 'NONE' : parseAlgorithm(algorithm),
    checksum: parseChecksum(checksum, path),
  };
}

/** Makes a WAL range. Throws BackupError. */
export function makeWalRange(fields: Readonly<Partial<Record<RangeField, string>>>): WalRange {
  const { Timeline: timeline, 'Start-LSN': startText, 'End-LSN': endText } = fields;
  if (timeline === undefined) throw malformedManifest('missing timeline');
  if (startText === undefined) throw malformedManifest('missing start LSN');
  if (endText === undefined) throw malformedManifest('missing end LSN');
  const number = parseNumber(timeline, MAX_TIMELINE, 'timeline is not an integer');
  const start = parseLsn(startText);
  if (start === undefined) throw malformedManifest('could not parse start LSN');
  const end = parseLsn(endText);
  if (end === undefined) throw malformedManifest('could not parse end LSN');
  return { timeline: number, start, end };
}

/** Reads the manifest's version. Throws BackupError if it is not a version number. */
export function parseManifestVersion(text: string): number {
  const version = parseNumber(text, Number.MAX_SAFE_INTEGER, 'manifest version not an integer');
  if (version < 1) throw malformedManifest('unexpected manifest version');
  return version;
}

/** Reads a system identifier. Throws BackupError. */
export function parseSystemIdentifier(text: string): bigint {
  const identifier = DIGITS.test(text) ? BigInt(text) : undefined;
  if (identifier === undefined || identifier > MAX_SYSTEM_IDENTIFIER)
    throw malformedManifest('system identifier in manifest not an integer');
  return identifier;
}

function parseNumber(text: string, limit: number, complaint: string): number {
  const value = Number(text);
  if (!DIGITS.test(text) || value > limit) throw malformedManifest(complaint);
  return value;
}

function decodePath(encoded: string): string {
  const path = HEX.test(encoded) ? decodeName(Buffer.from(encoded, 'hex')) : '\0';
  if (path.includes('\0')) throw malformedManifest('could not decode file name');
  return path;
}

function parseAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = parseChecksumAlgorithm(name);
  if (algorithm === undefined) throw new BackupError(`unrecognized checksum algorithm: "${name}"`);
  return algorithm;
}

function parseChecksum(text: string, path: string): string {
  if (!HEX.test(text)) throw new BackupError(`invalid checksum for file "${path}": "${text}"`);
  return ownCopy(text.toLowerCase());
}

/** A copy of the text: a part of a longer string may keep all of that in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

function byName<Name extends string>(names: readonly Name[]): ReadonlyMap<string, Name> {
  return new Map(names.map((name) => [name, name]));
}
