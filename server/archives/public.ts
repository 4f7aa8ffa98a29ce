/** What the command line uses: archives of tiles, made by the parts that make tiles for requests. */
export { exportArchive, type ExportOptions } from './making/export.ts';
export type { Wanted } from './making/sources.ts';
