import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** What stands around a CommonJS file; a script has no `import()` of its own, so the build has it call `Import`. */
const AROUND = ['(function (exports, require, module, __filename, __dirname, Import) {', '\n});'] as const;

/**
 * A CommonJS file with what V8 made of it before, beside it: most of the time that a large program takes to be read is that of compiling it. V8
 * takes it where it is of the same V8 and the same options, and compiles the file otherwise.
 */
export function scriptOf(file: string): Script {
  const bytes = readFileSync(file);
  const there = compiledOf(file, bytes);
  // The build writes ASCII alone, of which V8 needs a byte a character.
  return new Script(AROUND.join(bytes.toString('latin1')), {
    filename: file,
    ...(existsSync(there) && { cachedData: readFileSync(there) }),
  });
}

/** What a CommonJS file exports. Files that it requires, and that require it, meet the same. @throws what it throws */
export function loadCompiled(file: string): unknown {
  return run(file, scriptOf(file));
}

/** Writes what V8 makes of a file, and of those of its functions that run when it is loaded, with the options of this process. */
export function compile(file: string): void {
  const script = scriptOf(file);
  run(file, script);
  writeFileSync(compiledFile(file), script.createCachedData());
}

function run(file: string, script: Script): unknown {
  const require = createRequire(file);
  const module = new Module(file);
  module.filename = file;
  require.cache[file] = module;
  const load = script.runInThisContext() as (...own: unknown[]) => void;
  const Import = (name: string): Promise<unknown> => import(name);
  load.call(module.exports, module.exports, require, module, file, dirname(file), Import);
  module.loaded = true;
  return module.exports;
}

/** Where what was made of a file is. */
export const compiledFile = (file: string): string => compiledOf(file, readFileSync(file));

/** For each version of Node, kind of processor and V8's options for memory its own; and of these very bytes, of which V8 compares the number alone. */
function compiledOf(file: string, bytes: Buffer): string {
  const options = process.execArgv.filter((option) => option.startsWith('--max-'));
  const made = JSON.stringify([process.version, process.arch, options]);
  return `${file}.${createHash('sha256').update(made).update(bytes).digest('hex').slice(0, 16)}.v8`;
}
