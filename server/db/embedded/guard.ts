/**
 * Makes failures inside PGlite's WebAssembly visible. Three of them are silent otherwise:
 *
 * 1. PostGIS is built without C++ exception catching, so a GEOS or PROJ `throw` unwinds everything up to
 *    PGlite's main loop, which drops it: an overlay of an invalid polygon answers zero rows and success, and
 *    a later statement warns `snapshot … still active`. Here `__cxa_throw` becomes an ordinary SQL error
 *    at the place of the throw: the statement fails, the transaction aborts, `exception when others` works.
 * 2. Every SQL error leaks some WebAssembly stack; after a few thousand, every statement fails with
 *    "stack depth limit exceeded". Here the stack pointer is put back.
 * 3. A trap (out of memory, unreachable code) is dropped as well. Here it ends the process: the state is
 *    unknown, and reopening the data folder replays the write-ahead log.
 */
import type { Extension, PGlite } from '@electric-sql/pglite';

/** What the guard uses of the Emscripten module; PGlite does not type these. */
interface Wasm {
  HEAPU8: Uint8Array;
  HEAPU32: Uint32Array;
  stringToUTF8OnStack(text: string): number;
  ___stack_pointer: { value: unknown };
  _PostgresMainLoopOnce(): void;
  _pgl_getPGliteExitStatus(): number;
  _errstart(level: number, domain: number): number;
  _errcode(code: number): number;
  _errmsg_internal(format: number, args: number): number;
  _errfinish(file: number, line: number, routine: number): void;
}

type What = (exception: number) => number;
type FunctionTable = { get(index: number): unknown };
type Instantiate = (imports: Record<string, Record<string, unknown>>, done: unknown) => unknown;

const ERROR = 21;
/** `ERRCODE_INTERNAL_ERROR` (XX000), which PostGIS itself reports for GEOS errors. */
const INTERNAL_ERROR = 2600;
/** PGlite's mark for "this unwinding is PostgreSQL's own error handling". */
const MAIN_LONGJMP = 100;
/** `std::exception` has two destructors and then `what()` in its virtual table. */
const WHAT_SLOT = 2;
/** Types known to derive from `std::exception`: calling `what()` of anything else could trap. */
const HAS_WHAT = /^(N4geos4util|N5osgeo4proj|St\d|NSt3__2)/;

/** A PGlite extension that turns C++ exceptions into SQL errors (SQLSTATE XX000). */
export function cppErrors(): Extension {
  return {
    name: 'cpp_errors',
    setup: async (db, options: { instantiateWasm: Instantiate }) => {
      const instantiate = options.instantiateWasm;
      const instantiateWasm: Instantiate = (imports, done) => {
        const env = imports.env ?? {};
        const table = env.__indirect_function_table as FunctionTable;
        // Side modules take their imports from the same object, so PostGIS gets this one too.
        env.__cxa_throw = (exception: number, type: number) => {
          const wasm = wasmOf(db as PGlite);
          raise(wasm, describeException(wasm, table, exception, type));
        };
        return instantiate(imports, done);
      };
      return { emscriptenOpts: { ...options, instantiateWasm } };
    },
  };
}

/**
 * Watches PGlite's main loop: restores the stack pointer after an error, and calls `onTrap` for whatever
 * is not an SQL error. `onTrap` must not return.
 */
export function guardMainLoop(db: PGlite, onTrap: (error: unknown) => never): void {
  const wasm = wasmOf(db);
  const runOnce = wasm._PostgresMainLoopOnce.bind(wasm);
  wasm._PostgresMainLoopOnce = () => {
    const stackPointer = wasm.___stack_pointer.value;
    try {
      runOnce();
    } catch (error) {
      if (wasm._pgl_getPGliteExitStatus() !== MAIN_LONGJMP) onTrap(error);
      wasm.___stack_pointer.value = stackPointer;
      throw error;
    }
  };
}

function wasmOf(db: PGlite): Wasm {
  return db.Module as unknown as Wasm;
}

/** `ereport(ERROR, …)`. Does not return: the last call unwinds to PostgreSQL's error handler. */
function raise(wasm: Wasm, message: string): void {
  wasm._errstart(ERROR, 0);
  wasm._errcode(INTERNAL_ERROR);
  wasm._errmsg_internal(wasm.stringToUTF8OnStack(message.replaceAll('%', '%%')), 0);
  wasm._errfinish(0, 0, 0);
}

function describeException(wasm: Wasm, table: FunctionTable, exception: number, type: number): string {
  // std::type_info is { virtual table, mangled name }, an exception starts with its virtual table.
  const typeName = readString(wasm, pointerAt(wasm, type + 4));
  if (!HAS_WHAT.test(typeName)) return `C++ exception of type ${typeName}`;
  const what = table.get(pointerAt(wasm, pointerAt(wasm, exception) + 4 * WHAT_SLOT)) as What;
  return readString(wasm, what(exception));
}

function pointerAt(wasm: Wasm, address: number): number {
  return wasm.HEAPU32[address >> 2] ?? 0;
}

function readString(wasm: Wasm, address: number): string {
  const end = wasm.HEAPU8.indexOf(0, address);
  return Buffer.from(wasm.HEAPU8.subarray(address, end)).toString('utf8');
}
