/**
 * The part of the WebAssembly binary format that the page kernel needs: the instructions it uses, by their names in the
 * text format, and the module around them, which imports a memory and exports functions of two i32 to one. The few
 * hundred bytes are generated when the kernel is loaded, so that no tool and no build step is needed. See the
 * WebAssembly specification, "Binary Format".
 */

/** Instructions, encoded. */
export type Code = readonly number[];

/** A function (i32, i32) -> i32. Its parameters are locals 0 and 1; those of `locals` follow, all v128. */
export interface WasmFunction {
  readonly name: string;
  readonly locals: number;
  readonly body: readonly Code[];
}

const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION_TYPE = 0x60;
const NO_RESULT = 0x40;
const END = 0x0b;
/** Before the instructions on vectors. */
const VECTOR = 0xfd;

const code = (...bytes: readonly number[]): Code => bytes;

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number): Code => [0x21, ...unsigned(index)],
  tee: (index: number): Code => [0x22, ...unsigned(index)],
};

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: code(0x6a),
  xor: code(0x73),
  ltU: code(0x49),
};

export const v128 = {
  /** Loads from the address on the stack plus the offset, at any alignment. */
  load: (offset: number): Code => [VECTOR, 0x00, 0, ...unsigned(offset)],
  const: (bytes: Uint8Array): Code => [VECTOR, 0x0c, ...bytes],
  and: code(VECTOR, 0x4e),
  or: code(VECTOR, 0x50),
  xor: code(VECTOR, 0x51),
  anyTrue: code(VECTOR, 0x53),
};

export const i32x4 = {
  extractLane: (lane: number): Code => [VECTOR, 0x1b, lane],
  shrU: code(VECTOR, ...unsigned(0xad)),
  mul: code(VECTOR, ...unsigned(0xb5)),
};

/** Ends the function with the value on the stack. */
export const RETURN: Code = [0x0f];

/** Repeats its body as long as that ends with a true value. */
export function loopWhile(...body: readonly Code[]): Code {
  const brIf = [0x0d, 0];
  return [0x03, NO_RESULT, ...body.flat(), ...brIf, END];
}

/** Runs its body if there is a true value on the stack. */
export function ifTrue(...body: readonly Code[]): Code {
  return [0x04, NO_RESULT, ...body.flat(), END];
}

/** A module that can be instantiated. */
type CompiledModule = object;

/** The part of the API that is used here; @types/node does not declare it. */
interface WebAssemblyApi {
  Memory: new (size: { initial: number; maximum?: number; shared?: boolean }) => { buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => CompiledModule;
  Instance: new (module: CompiledModule, imports: object) => { exports: unknown };
}

const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

const MEMORY_UNIT_BYTES = 65536;
/** 4 GiB. */
const MOST_MEMORY_UNITS = 65536;

/** A memory for functions; if several threads share it, it can be sent from one to the other. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** Makes a memory of at least this size. */
export function makeMemory(bytes: number, shared: boolean): KernelMemory {
  const units = Math.ceil(bytes / MEMORY_UNIT_BYTES);
  return new Memory(shared ? { initial: units, maximum: units, shared } : { initial: units });
}

/** Compiles functions that use one memory. */
export function compile(functions: readonly WasmFunction[], shared: boolean): CompiledModule {
  return new Module(encodeModule(functions, shared));
}

/** The functions by their names, with this memory. */
export function instantiate<Exports>(module: CompiledModule, memory: KernelMemory): Exports {
  return new Instance(module, { kernel: { memory } }).exports as Exports;
}

/** A module with these functions that imports the memory `kernel.memory`. A shared memory must have a maximum. */
function encodeModule(functions: readonly WasmFunction[], shared: boolean): Uint8Array {
  const limits = shared ? [0x03, ...unsigned(1), ...unsigned(MOST_MEMORY_UNITS)] : [0x00, ...unsigned(1)];
  const importedMemory = [...text('kernel'), ...text('memory'), 0x02, ...limits];
  return Uint8Array.from([
    ...[0x00, ...Buffer.from('asm'), 0x01, 0x00, 0x00, 0x00],
    ...section(1, [[FUNCTION_TYPE, ...vector([[I32], [I32]]), ...vector([[I32]])]]),
    ...section(2, [importedMemory]),
    ...section(
      3,
      functions.map(() => [0]),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]),
    ),
    ...section(10, functions.map(encodeFunction)),
  ]);
}

function encodeFunction({ locals, body }: WasmFunction): Code {
  return sized([...vector([[...unsigned(locals), V128]]), ...body.flat(), END]);
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(vector(items))];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): Code {
  return sized([...Buffer.from(name)]);
}

function sized(bytes: Code): Code {
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128, seven bits a byte, the lowest first. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** The same of a signed number, whose highest bit fills the last byte. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
