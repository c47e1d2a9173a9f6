/**
 * The checksum of data pages, as PostgreSQL defines it in src/include/storage/checksum_impl.h: a page is a table of 32
 * columns of 32-bit words; an FNV-1a hash runs down each column, and all are folded into one. The columns are eight
 * vectors of four words, so this is WebAssembly SIMD, which runs at the speed of memory. Pages must be in the kernel's
 * own memory; it is best to read files directly into it.
 */

import { lazy } from '../io/lazy.ts';
import {
  type Code,
  compile,
  i32,
  i32x4,
  ifTrue,
  instantiate,
  type KernelMemory,
  local,
  loopWhile,
  makeMemory,
  RETURN,
  v128,
} from './wasm.ts';

const VECTOR_BYTES = 16;
const VECTORS = 8;
const ROW_BYTES = VECTORS * VECTOR_BYTES;
const FNV_PRIME = 16777619;
/** Where each column's hash begins (checksumBaseOffsets). */
const BASE_OFFSETS = [
  0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c, 0xf8d4474f,
  0xe39eb970, 0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb, 0xe58f764b, 0x187636bc,
  0x5d7b3bb1, 0xe73de7de, 0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4, 0x783125bb, 0x6ca8eaa2, 0xe407eac6,
  0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756,
];
/** The checksum itself, bytes 8 and 9 of a page, counts as zero. */
const WITHOUT_CHECKSUM = words(0xffffffff, 0xffffffff, 0xffff0000, 0xffffffff);

/** The locals of both functions; the parameters are an address and a length, a multiple of a row. */
const AT = 0;
const END = 1;
const SUM = 2;
const MIXED = SUM + VECTORS;
const PRIME = MIXED + 1;
const V128_LOCALS = PRIME + 1 - SUM;

const VECTOR_INDEXES = Array.from({ length: VECTORS }, (_, index) => index);
const eachVector = (code: (vector: number) => readonly Code[]): Code =>
  VECTOR_INDEXES.flatMap((vector) => code(vector).flat());

const findEnd: Code = [...local.get(AT), ...local.get(END), ...i32.add, ...local.set(END)];
const loadVector = (vector: number): Code => [...local.get(AT), ...v128.load(vector * VECTOR_BYTES)];
const toNextRow: Code = [...local.get(AT), ...i32.const(ROW_BYTES), ...i32.add, ...local.set(AT)];
const moreRows: Code = [...local.get(AT), ...local.get(END), ...i32.ltU];

/** Takes hash ^ value from the stack and makes it the new hash: times the prime, xor itself shifted by 17. */
const mixInto = (vector: number): Code =>
  [
    [...local.tee(MIXED), ...local.get(PRIME), ...i32x4.mul],
    [...local.get(MIXED), ...i32.const(17), ...i32x4.shrU],
    v128.xor,
    local.set(SUM + vector),
  ].flat();

const CHECKSUM: readonly Code[] = [
  findEnd,
  [...v128.const(words(FNV_PRIME, FNV_PRIME, FNV_PRIME, FNV_PRIME)), ...local.set(PRIME)],
  eachVector((vector) => [
    v128.const(words(...BASE_OFFSETS.slice(vector * 4, vector * 4 + 4))),
    loadVector(vector),
    vector === 0 ? [...v128.const(WITHOUT_CHECKSUM), ...v128.and] : [],
    v128.xor,
    mixInto(vector),
  ]),
  toNextRow,
  loopWhile(
    eachVector((vector) => [local.get(SUM + vector), loadVector(vector), v128.xor, mixInto(vector)]),
    toNextRow,
    moreRows,
  ),
  // Two rounds of zeros, to mix the last row well.
  eachVector((vector) => [
    local.get(SUM + vector),
    mixInto(vector),
    local.get(SUM + vector),
    mixInto(vector),
  ]),
  eachVector((vector) => [local.get(SUM + vector), vector === 0 ? [] : v128.xor]),
  local.set(MIXED),
  ...[0, 1, 2, 3].flatMap((lane) => [
    [...local.get(MIXED), ...i32x4.extractLane(lane)],
    lane === 0 ? [] : i32.xor,
  ]),
];

const IS_ZERO: readonly Code[] = [
  findEnd,
  loopWhile(
    eachVector((vector) => [loadVector(vector), vector === 0 ? [] : v128.or]),
    v128.anyTrue,
    ifTrue(i32.const(0), RETURN),
    toNextRow,
    moreRows,
  ),
  i32.const(1),
];

interface Exports {
  checksum(at: number, bytes: number): number;
  isZero(at: number, bytes: number): number;
}

const FUNCTIONS = [
  { name: 'checksum', locals: V128_LOCALS, body: CHECKSUM },
  { name: 'isZero', locals: V128_LOCALS, body: IS_ZERO },
];

const compiled = lazy(() => compile(FUNCTIONS, false));
const compiledForShared = lazy(() => compile(FUNCTIONS, true));

/** A memory for pages, and computations on the pages in it. */
export class PageKernel {
  /** Pages are put here, at multiples of four bytes. */
  readonly memory: Buffer<ArrayBuffer>;
  readonly #exports: Exports;

  /** Makes a memory of this size, or uses one that threads share. */
  constructor(memory: number | KernelMemory) {
    const isOwn = typeof memory === 'number';
    const used = isOwn ? makeMemory(memory, false) : memory;
    this.memory = Buffer.from(used.buffer, 0, isOwn ? memory : used.buffer.byteLength);
    this.#exports = instantiate(isOwn ? compiled() : compiledForShared(), used);
  }

  /** The checksum that a page of `pageBytes` bytes should have as block `block` of its relation. */
  checksum(at: number, pageBytes: number, block: number): number {
    return (((this.#exports.checksum(at, pageBytes) ^ block) >>> 0) % 65535) + 1;
  }

  /** Whether the page has only zeros. */
  isZero(at: number, pageBytes: number): boolean {
    return this.#exports.isZero(at, pageBytes) !== 0;
  }
}

/** The bytes of a vector. */
function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
