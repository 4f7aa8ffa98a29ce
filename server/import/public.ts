/** What other capabilities may use: regions and figures of files, as the command brings them in. */
export { parseTable } from './command.ts';
export { toDegrees } from './crs.ts';
export { readCsv } from './formats/csv.ts';
export { loadRegions, tableExists, type LoadReport } from './load.ts';
export { openSource } from './open.ts';
export { planRegions, readRegions } from './regions.ts';
export { ImportError } from './source.ts';
export { loadTable, planTable } from './table.ts';
