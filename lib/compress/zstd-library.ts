/**
 * The system's libzstd, called through koffi: the functions of zstd.h that are needed, all of them stable since 1.4.0.
 * They work right in the memory that they are given, and return when they are done, so they are for a thread of their
 * own.
 */

import { loadKoffi } from '../io/koffi.ts';
import { PARAMETER, type Parameter } from './zstd-parameters.ts';

/** On every Linux. */
const LIBRARY = 'libzstd.so.1';

/** The numbers of Linux (dlfcn.h). musl does not know the last one, and ignores it. */
const RTLD_NOW = 0x2;
const RTLD_NODELETE = 0x1000;
const RTLD_DEEPBIND = 0x8;

/** ZSTD_EndDirective. */
const E_CONTINUE = 0;
const E_END = 2;
/** ZSTD_ResetDirective. */
const RESET_SESSION_ONLY = 1;
const RESET_SESSION_AND_PARAMETERS = 3;

/** What a call has used up of its input and filled of its output; `left` is what libzstd returns. */
export interface StreamCall {
  readonly left: number;
  readonly consumed: number;
  readonly produced: number;
}

/** A ZSTD_CCtx, or a ZSTD_DCtx, until it is freed. */
export interface ZstdContext {
  /** Back to the beginning of a frame. The compressor's parameters are the defaults again. */
  reset(): void;
  free(): void;
}

/** A ZSTD_CCtx. */
export interface CompressionContext extends ZstdContext {
  /** Throws what libzstd complains about. */
  set(parameter: Parameter, value: number): void;
  /** Throws what libzstd complains about. */
  compress(output: Uint8Array, input: Uint8Array, end: boolean): StreamCall;
}

/** A ZSTD_DCtx. It refuses windows above 128 MiB, as the zstd command does without --long. */
export interface DecompressionContext extends ZstdContext {
  /** Throws what libzstd complains about. */
  decompress(output: Uint8Array, input: Uint8Array): StreamCall;
}

/** The library. */
export interface ZstdLibrary {
  /** As in "1.5.7". */
  readonly version: string;
  createCompression(): CompressionContext;
  createDecompression(): DecompressionContext;
}

/** What libzstd returns: a number, or an error as a number at the other end of size_t, which becomes a bigint. */
type Returned = number | bigint;
type Pointer = bigint;

/** Loads the library. Throws whatever keeps it from being loaded. */
export function loadZstdLibrary(name = LIBRARY): ZstdLibrary {
  const calls = bind(name);
  const check = (returned: Returned): number => {
    if (calls.isError(returned)) throw new Error(calls.errorName(returned));
    return Number(returned);
  };
  return {
    version: calls.version(),
    createCompression: () => compressionContext(calls, check),
    createDecompression: () => decompressionContext(calls, check),
  };
}

type Calls = ReturnType<typeof bind>;
type Check = (returned: Returned) => number;

function bind(name: string) {
  const koffi = loadKoffi();
  const library = loadForGood(koffi, name);
  // ZSTD_inBuffer and ZSTD_outBuffer. The functions change `pos` only.
  const buffer = koffi.struct({ bytes: 'void *', size: 'size_t', pos: 'size_t' });
  const buffers = koffi.inout(koffi.pointer(buffer));
  return {
    version: library.func('const char *ZSTD_versionString()') as () => string,
    isError: library.func('unsigned int ZSTD_isError(size_t code)') as (code: Returned) => number,
    errorName: library.func('const char *ZSTD_getErrorName(size_t code)') as (code: Returned) => string,
    createCCtx: library.func('void *ZSTD_createCCtx()') as () => Pointer | null,
    createDCtx: library.func('void *ZSTD_createDCtx()') as () => Pointer | null,
    freeCCtx: library.func('size_t ZSTD_freeCCtx(void *context)'),
    freeDCtx: library.func('size_t ZSTD_freeDCtx(void *context)'),
    resetCCtx: library.func('size_t ZSTD_CCtx_reset(void *context, int directive)'),
    resetDCtx: library.func('size_t ZSTD_DCtx_reset(void *context, int directive)'),
    setParameter: library.func('size_t ZSTD_CCtx_setParameter(void *context, int parameter, int value)'),
    compressStream2: library.func('ZSTD_compressStream2', 'size_t', ['void *', buffers, buffers, 'int']),
    decompressStream: library.func('ZSTD_decompressStream', 'size_t', ['void *', buffers, buffers]),
  };
}

/**
 * Loads it by dlopen(3) with these flags, since the first load of a library decides on them.
 *
 * RTLD_NODELETE: its own threads may still run when koffi unloads it, at the end of one of our threads. RTLD_DEEPBIND:
 * where Node.js has a libzstd built in, of another version, the functions have the same names, and the library would
 * call those instead of its own, and crash. Only glibc has this flag.
 */
function loadForGood(koffi: ReturnType<typeof loadKoffi>, name: string) {
  const program = koffi.load(null);
  if ('zstd' in process.versions) program.func('const char *gnu_get_libc_version()');
  const dlopen = program.func('void *dlopen(const char *name, int flags)');
  dlopen(name, RTLD_NOW | RTLD_NODELETE | RTLD_DEEPBIND);
  return koffi.load(name);
}

function compressionContext(calls: Calls, check: Check): CompressionContext {
  const context = created(calls.createCCtx());
  return {
    reset: () => void check(calls.resetCCtx(context, RESET_SESSION_AND_PARAMETERS)),
    free: () => void calls.freeCCtx(context),
    set: (parameter, value) => void check(calls.setParameter(context, PARAMETER[parameter], value)),
    compress(output, input, end) {
      const [out, into] = [bufferOf(output), bufferOf(input)];
      const left = check(calls.compressStream2(context, out, into, end ? E_END : E_CONTINUE));
      return { left, consumed: into.pos, produced: out.pos };
    },
  };
}

function decompressionContext(calls: Calls, check: Check): DecompressionContext {
  const context = created(calls.createDCtx());
  return {
    reset: () => void check(calls.resetDCtx(context, RESET_SESSION_ONLY)),
    free: () => void calls.freeDCtx(context),
    decompress(output, input) {
      const [out, into] = [bufferOf(output), bufferOf(input)];
      const left = check(calls.decompressStream(context, out, into));
      return { left, consumed: into.pos, produced: out.pos };
    },
  };
}

function created(context: Pointer | null): Pointer {
  if (context === null) throw new Error('not enough memory');
  return context;
}

function bufferOf(bytes: Uint8Array): { bytes: Uint8Array | null; size: number; pos: number } {
  // An empty array may have no address that koffi could take.
  return { bytes: bytes.length > 0 ? bytes : null, size: bytes.length, pos: 0 };
}
