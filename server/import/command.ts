import { basename } from 'node:path';
import type { Command as Parser } from 'commander';
import type { Command, CommandTools } from '../command.ts';
import { parseCrs, toDegrees } from './crs.ts';
import { loadRegions, nameOf, type LoadReport, type Target } from './load.ts';
import { addToMaps, asLines, type Entries } from '../maps/lines.ts';
import { openSource } from './open.ts';
import { openRecords } from './records.ts';
import { planRegions, readRegions, told, type RegionPlan } from './regions.ts';
import { ImportError } from './source.ts';
import { loadTable, planTable, type TablePlan } from './table.ts';
import type { NumberStyle } from './types.ts';

/** What the command reads of the configuration and of `maps.yaml`. */
export interface ImportConfig {
  readonly mapsFile: string;
}
interface ImportMaps {
  readonly regions: Readonly<Record<string, object>>;
}
type Tools = CommandTools<ImportConfig, ImportMaps>;

interface Options {
  readonly set?: string;
  readonly into?: string;
  readonly table?: string;
  readonly code?: string;
  readonly name?: string;
  readonly parent?: string;
  readonly parentSet?: string;
  readonly layer?: string;
  readonly crs?: string;
  readonly encoding?: string;
  readonly leaveOut?: string[];
  readonly dissolve?: true;
  readonly decimal?: string;
  readonly replace?: true;
  readonly dryRun?: true;
  readonly apply?: true;
}

export const importCommand: Command<ImportConfig, ImportMaps> = {
  name: 'import',
  summary: 'brings boundaries of regions, or a table of figures, into the database',
  declare: (parser: Parser, tools: Tools) => {
    parser
      .argument(
        '<file>',
        'boundaries: GeoJSON, TopoJSON, Shapefile, GeoPackage, FlatGeobuf, CSV; figures: CSV, NDJSON, XLSX',
      )
      .option('--set <id>', 'its rows are the regions of this set')
      .option('--into <table>', 'its rows are figures, for this new table')
      .option('--table <table>', 'where regions go, if not to a table named like the set')
      .option('--code <columns>', 'columns of the code, joined by +')
      .option('--name <columns>', 'columns of the name')
      .option('--parent <columns>', 'columns of the code of the region above')
      .option('--parent-set <id>', 'the region set of those')
      .option('--layer <name>', 'which layer, object, sheet or Shapefile of several')
      .option('--crs <epsg>', 'reference system of the coordinates, where the file says none or a wrong one')
      .option('--encoding <name>', "encoding of a Shapefile's texts")
      .option('--leave-out <column=value...>', 'rows that are no regions')
      .option('--dissolve', 'rows of one code are parts of one region')
      .option('--decimal <style>', 'numbers of a table have a decimal point, or comma')
      .option('--replace', 'exchanges the rows of a table that is there')
      .option('--dry-run', 'reads, checks and reports, and keeps nothing')
      .option('--apply', 'adds the region set to maps.yaml')
      .action((file: string, options: Options) => run(file, options, tools));
  },
};

async function run(file: string, options: Options, tools: Tools): Promise<void> {
  if ((options.set === undefined) === (options.into === undefined))
    throw new ImportError('say what the rows are: regions of a --set, or figures to put --into a table');
  return options.set === undefined
    ? importTable(file, options, tools)
    : importRegions(file, options.set, options, tools);
}

async function importRegions(file: string, set: string, options: Options, tools: Tools): Promise<void> {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/i.test(set))
    throw new ImportError('--set must be letters, digits, - and _ only');
  const { mapsFile } = tools.config();
  const known = tools.maps().regions;
  if (options.parentSet !== undefined && !Object.hasOwn(known, options.parentSet))
    throw new ImportError(`there is no region set ${options.parentSet} in maps.yaml; import it first`);
  const source = await openSource(file, options);
  try {
    const plan = await planRegions(source, options);
    for (const line of describePlan(basename(file), source.format, plan)) tools.print(line);
    const { database } = await tools.database({ migrated: true });
    const move = await toDegrees(options.crs === undefined ? source.crs : parseCrs(options.crs), database);
    const target: Target = {
      ...parseTable(options.table ?? set.replaceAll('-', '_')),
      parent: plan.parent.length > 0,
    };
    const passed = { leftOut: [] as string[] };
    const report = await loadRegions(database, readRegions(source, plan, move, passed), {
      target,
      replace: options.replace ?? false,
      dryRun: options.dryRun ?? false,
      dissolve: plan.dissolve,
      onProgress: (rows) => tellRows(tools, rows, source.total),
    });
    for (const line of describeReport(report, passed.leftOut, target, options)) tools.print(line);
    const entries = regionEntry(set, target, options.parentSet);
    tools.print(`\n${asLines(entries)}\n`);
    if (!options.apply || options.dryRun)
      return tools.print('These lines belong in maps.yaml; --apply puts them there.');
    await addToMaps(mapsFile, entries);
    tools.print(`${mapsFile}: region set ${set}`);
  } finally {
    source.close?.();
  }
}

function tellRows(tools: Tools, rows: number, total: number | undefined): void {
  if (total === undefined) tools.progress(`${rows} rows`);
  else tools.progress(`${rows} of ${total} rows`, rows / total);
}

function regionEntry(set: string, target: Target, parentSet: string | undefined): Entries {
  const parent =
    target.parent && parentSet !== undefined ? { parent: { set: parentSet, column: 'parent_code' } } : {};
  return {
    regions: { [set]: { table: nameOf(target), geometry: 'geom', code: 'code', name: 'name', ...parent } },
  };
}

function describePlan(file: string, format: string, plan: RegionPlan): string[] {
  const { layout, code, name, parent, leaveOut } = plan;
  return [
    `${file}: ${format}${layout ? `, laid out as ${layout.title}` : ''}`,
    `code from ${code.join('+')}, name from ${name.join('+')}${parent.length > 0 ? `, parent from ${parent.join('+')}` : ''}`,
    ...(layout?.runTogether ? ['names that are run together are written apart'] : []),
    ...[...leaveOut].map(
      ([column, values]) => `left out: rows whose ${column} is ${[...values].join(' or ')}`,
    ),
  ];
}

function describeReport(
  report: LoadReport,
  leftOut: readonly string[],
  target: Target,
  { dryRun, replace }: Options,
): string[] {
  const { rows, regions, repaired, removed, added } = report;
  const done = dryRun ? 'would be in' : 'are in';
  return [
    `${regions} regions${rows === regions ? '' : ` of ${rows} rows`} ${done} ${nameOf(target)}`,
    ...(leftOut.length > 0 ? [`left out ${leftOut.length}: ${leftOut.slice(0, 20).join(', ')}`] : []),
    ...(repaired.length > 0
      ? [
          `repaired ${repaired.length}:`,
          told(repaired.map(({ at, name, code, reason }) => `  ${at}, ${name} (${code}): ${reason}`)),
        ]
      : []),
    ...(replace ? [`new: ${added.join(', ') || 'none'}; gone: ${removed.join(', ') || 'none'}`] : []),
  ];
}

async function importTable(file: string, options: Options, tools: Tools): Promise<void> {
  const { read, style } = await openRecords(file, options.layer);
  if (style !== undefined && options.decimal !== undefined)
    throw new ImportError('--decimal is for CSV: this file says itself what its numbers are');
  const target = parseTable(options.into ?? '');
  const plan = await planTable(read(), style ?? parseDecimal(options.decimal));
  for (const line of describeTable(plan)) tools.print(line);
  const { database } = await tools.database({ migrated: true });
  await loadTable(database, read(), plan, {
    target,
    replace: options.replace ?? false,
    dryRun: options.dryRun ?? false,
    onProgress: (rows) => tellRows(tools, rows, plan.rows),
  });
  tools.print(`${plan.rows} rows ${options.dryRun ? 'would be in' : 'are in'} ${nameOf(target)}`);
  tools.print(`A choropleth of it: chorograph propose --table ${nameOf(target)} --set …`);
}

function describeTable({ columns, style }: TablePlan): string[] {
  const width = Math.max(...columns.map(({ name }) => name.length));
  return [
    ...columns.map(({ name, type, example, empty, note }) => {
      const notes = [...(empty > 0 ? [`${empty} empty`] : []), ...(note === undefined ? [] : [note])];
      return `${name.padEnd(width)}  ${type.padEnd(7)}  ${example}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`;
    }),
    ...(style === 'comma' ? ['numbers have a decimal comma'] : []),
  ];
}

function parseDecimal(text: string | undefined): NumberStyle | undefined {
  if (text === undefined || text === 'point' || text === 'comma') return text;
  throw new ImportError(`--decimal must be point or comma, but it is ${text}`);
}

/** `schema.table`, or `table` in schema public. @throws ImportError */
export function parseTable(text: string): { schema: string; table: string } {
  const [, schema = 'public', table] =
    /^(?:([\p{L}_][\p{L}\p{N}_]*)\.)?([\p{L}_][\p{L}\p{N}_-]*)$/u.exec(text) ?? [];
  if (table === undefined || Buffer.byteLength(table) > 63)
    throw new ImportError(`a table is called name or schema.name, but not ${text}`);
  return { schema, table };
}
