import { defineConfig } from 'vite';

/** The explorer, built to static files that the server sends at `/`. */
export default defineConfig({
  // Relative addresses, so that it also works behind a proxy that adds a path.
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Everything is a file of its own: the content security policy allows no scripts in data: URLs.
    assetsInlineLimit: 0,
    // The map library is one megabyte whatever is split.
    chunkSizeWarningLimit: 1500,
  },
});
