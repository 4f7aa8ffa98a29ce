import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = join(import.meta.dirname, '..', 'dist', 'web');
/** Below this many bytes compression gains less than its headers cost. */
const MIN_COMPRESSIBLE = 256;

/** Leaves a brotli and a gzip copy beside each file, at their highest quality: made once, sent often. */
const compressedCopies: Plugin = {
  name: 'compressed-copies',
  apply: 'build',
  async closeBundle() {
    const entries = await readdir(OUT, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    await Promise.all(files.map(compress));
  },
};

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  if (bytes.length < MIN_COMPRESSIBLE) return;
  for (const [suffix, work] of [
    ['.br', promisify(brotliCompress)],
    ['.gz', (from: Buffer) => promisify(gzip)(from, { level: 9 })],
  ] as const) {
    const copy = await work(bytes);
    if (copy.length < bytes.length) await writeFile(`${file}${suffix}`, copy);
  }
}

/** The explorer, the pages for comparing, for operators and for frames, built to static files that the server sends at `/`. */
export default defineConfig({
  // Relative addresses, so that it also works behind a proxy that adds a path.
  base: './',
  plugins: [compressedCopies],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    rolldownOptions: {
      input: [
        'index.html',
        'admin.html',
        'api.html',
        'compare.html',
        'docs.html',
        'embed.html',
        'layers.html',
        'studio.html',
      ].map((page) => join(import.meta.dirname, page)),
    },
    // Everything is a file of its own: the content security policy allows no scripts in data: URLs.
    assetsInlineLimit: 0,
    // The map library is one megabyte whatever is split.
    chunkSizeWarningLimit: 1500,
  },
});
