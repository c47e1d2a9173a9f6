/**
 * METHOD[:DETAIL] of -Z, as parse_compress_specification() and validate_compress_specification() in
 * src/common/compression.c read it, with their complaints. A number means gzip with that level, 0 means none.
 * The prefix with which pg_basebackup is told to compress at its own end changes nothing.
 */

import { COMPRESSION_SUFFIX, type Compression } from '../../compress/method.ts';
import { UsageError } from '../../errors/trouble.ts';

/** How to compress. */
export interface CompressionChoice {
  readonly method: Compression | 'none';
  /** Undefined for the method's default. */
  readonly level?: number;
  readonly workers?: number;
  readonly long?: boolean;
}

type Detail = Omit<CompressionChoice, 'method'>;

/** The levels that a method takes, and the default, which is taken too. */
interface Levels {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

/** Those of zstd are ZSTD_minCLevel() and ZSTD_maxCLevel(). */
const LEVELS: Readonly<Record<Compression, Levels>> = {
  gzip: { least: 1, most: 9, usual: -1 },
  lz4: { least: 1, most: 12, usual: 0 },
  zstd: { least: -131072, most: 22, usual: 3 },
};

/** As strtol() reads it. */
const INTEGER = /^\s*[-+]?[0-9]+$/;
const LOCATION = /^(client|server)-/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['1', true],
  ['no', false],
  ['off', false],
  ['0', false],
]);

/** Reads it. Throws UsageError for what pg_basebackup refuses, and for compression at the server. */
export function parseCompression(text: string): CompressionChoice {
  const [prefix = '', location] = LOCATION.exec(text) ?? [];
  if (location === 'server') {
    throw new UsageError(`cannot compress at the server: "${text}"`, {
      hint: `Use bb-stream -Z ${text}.`,
    });
  }
  const { method, detail } = split(text.slice(prefix.length));
  const choice = { method, ...parseDetail(detail) };
  validate(choice);
  return withoutDefault(choice);
}

function split(text: string): { method: Compression | 'none'; detail: string | undefined } {
  if (INTEGER.test(text)) {
    return Number(text) === 0 ? { method: 'none', detail: undefined } : { method: 'gzip', detail: text };
  }
  const [, name = '', , detail] = /^([^:]*)(:(.*))?$/s.exec(text) ?? [];
  if (name === 'none' || isMethod(name)) return { method: name, detail };
  throw new UsageError(`unrecognized compression algorithm: "${name}"`);
}

function isMethod(name: string): name is Compression {
  return Object.hasOwn(COMPRESSION_SUFFIX, name);
}

function parseDetail(detail: string | undefined): Detail {
  if (detail === undefined) return {};
  if (INTEGER.test(detail)) return { level: Number(detail) };
  return Object.assign({}, ...detail.split(',').map(parseItem));
}

/** One keyword, with its value or without. */
function parseItem(item: string): Detail {
  const [, keyword = '', , value] = /^([^=]*)(=(.*))?$/s.exec(item) ?? [];
  switch (keyword) {
    case 'level':
      return { level: integer(keyword, value) };
    case 'workers':
      return { workers: integer(keyword, value) };
    case 'long':
      return { long: boolean(keyword, value) };
    case '':
      throw invalid('found empty string where a compression option was expected');
    default:
      throw invalid(`unrecognized compression option: "${keyword}"`);
  }
}

function integer(keyword: string, value: string | undefined): number {
  if (value === undefined) throw invalid(`compression option "${keyword}" requires a value`);
  if (INTEGER.test(value)) return Number(value);
  throw invalid(`value for compression option "${keyword}" must be an integer`);
}

function boolean(keyword: string, value = 'yes'): boolean {
  const found = BOOLEANS.get(value.toLowerCase());
  if (found !== undefined) return found;
  throw invalid(`value for compression option "${keyword}" must be a Boolean value`);
}

function validate({ method, level, workers, long }: CompressionChoice): void {
  const algorithm = `compression algorithm "${method}"`;
  if (method === 'none') {
    if (level !== undefined && level !== 0) throw invalid(`${algorithm} does not accept a compression level`);
  } else {
    const { least, most, usual } = LEVELS[method];
    if (level !== undefined && level !== usual && (level < least || level > most))
      throw invalid(
        `${algorithm} expects a compression level between ${least} and ${most} (default at ${usual})`,
      );
  }
  if (method === 'zstd') return;
  if (workers !== undefined) throw invalid(`${algorithm} does not accept a worker count`);
  if (long !== undefined) throw invalid(`${algorithm} does not support long-distance mode`);
}

function withoutDefault({ level, ...rest }: CompressionChoice): CompressionChoice {
  const isUsual = rest.method === 'none' || level === LEVELS[rest.method].usual;
  return isUsual || level === undefined ? rest : { ...rest, level };
}

function invalid(reason: string): UsageError {
  return new UsageError(`invalid compression specification: ${reason}`);
}
