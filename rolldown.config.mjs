import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * The server as `npm run build` makes it: what a process reads at its start is a few files instead of 1,600, which halves the
 * time and memory that it takes before it does anything. What is imported by `await import(…)` becomes a file of its own, read when needed.
 */
const SERVER = join(import.meta.dirname, 'server');
const OUT = join(import.meta.dirname, 'dist', 'server');

/** Packages that find files of their own beside them: WebAssembly, native code, fonts, migrations of anybody. */
const LEFT_ALONE = [
  '@electric-sql/pglite',
  '@electric-sql/pglite-postgis',
  '@resvg/resvg-js',
  'koffi',
  'node-pg-migrate',
  'node-sqlite3-wasm',
  'pdfkit',
  'pg-native',
];

/** Threads and child processes: modules that are started by their address, `new URL('./name', import.meta.url)`. */
function started() {
  const files = readdirSync(SERVER, { recursive: true }).filter((name) => name.endsWith('.ts'));
  const entries = {};
  for (const file of files.map((name) => join(SERVER, name))) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /new URL\('\.\/([^']+)', import\.meta\.url\)/g,
    )) {
      const module = `${join(dirname(file), name)}.ts`;
      // All files lie in one folder, where the address is the same from each.
      if (name in entries && entries[name] !== module)
        throw new Error(
          `${relative(SERVER, module)} and ${relative(SERVER, entries[name])} need different names`,
        );
      entries[name] = module;
    }
  }
  return entries;
}

const common = {
  platform: 'node',
  external: (id) => LEFT_ALONE.some((name) => id === name || id.startsWith(`${name}/`)),
};
const output = {
  dir: OUT,
  sourcemap: true,
  minify: false,
  // One character beyond Latin-1 would have V8 keep a file with two bytes for each.
  charset: 'ascii',
  comments: false,
};

/** A script that is loaded with what V8 compiled before has no `import()`: see `server/tools/compiled.ts`. */
const otherImport = {
  name: 'other-import',
  // Nothing moves by that, so the source map stays as it is.
  renderChunk: (code, { isEntry }) =>
    isEntry ? { code: code.replaceAll(/\bimport\(/g, 'Import('), map: null } : null,
};

export default [
  {
    ...common,
    input: {
      main: join(SERVER, 'main.ts'),
      cli: join(SERVER, 'cli.ts'),
      compile: join(SERVER, 'compile.ts'),
      ...started(),
    },
    output: { ...output, format: 'esm', chunkFileNames: '[name]-[hash].js' },
  },
  // What serves is CommonJS, of which alone Node takes what V8 compiled before: `server/compile.ts` has it do that.
  {
    ...common,
    input: { 'serve-here': join(SERVER, 'serve-here.ts') },
    plugins: [otherImport],
    output: { ...output, format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
  },
];
