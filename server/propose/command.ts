import type { Command as Parser } from 'commander';
import { choroplethMaps } from '../choropleth/public.ts';
import type { Command, CommandTools } from '../command.ts';
import { AppError } from '../errors.ts';
import { addToMaps, asLines } from '../maps/lines.ts';
import { columnsOf, joinLines, relationParts, type JoinMaps } from '../joins/public.ts';
import { mapsReader } from '../maps/read.ts';
import { readFacts } from './columns.ts';
import { findColumn, isUnique, makeCube, withoutNames } from './making.ts';
import { idOf, labelOf, propose, sortColumns } from './proposal.ts';

interface ProposeConfig {
  readonly mapsFile: string;
}
interface ProposeMaps extends JoinMaps {
  readonly choropleths: Readonly<Record<string, object>>;
}
type Tools = CommandTools<ProposeConfig, ProposeMaps>;

interface Options {
  readonly set: string;
  readonly table: string;
  readonly column?: string;
  readonly parent?: string;
  readonly dimensions?: string;
  readonly id?: string;
  readonly title?: string;
  readonly apply?: true;
}

export const proposeCommand: Command<ProposeConfig, ProposeMaps> = {
  name: 'propose',
  summary: 'makes a choropleth of a table of figures and a region set',
  declare: (parser: Parser, tools: Tools) => {
    parser
      .requiredOption('--set <id>', 'a region set of maps.yaml')
      .requiredOption('--table <table>', 'a table of figures')
      .option('--column <name>', 'its column with names or codes of regions; found where left out')
      .option('--parent <column>', 'its column with the regions above')
      .option('--dimensions <columns>', 'columns to filter by, joined by commas; found where left out')
      .option('--id <id>', 'what the choropleth is called in URLs')
      .option('--title <text>', 'what people read')
      .option('--apply', 'makes the cube and adds the choropleth to maps.yaml')
      .action((options: Options) => run(options, tools));
  },
};

async function run(options: Options, tools: Tools): Promise<void> {
  const maps = tools.maps();
  const { mapsFile } = tools.config();
  const { set, table } = options;
  const { database } = await tools.database({ migrated: true });
  await columnsOf(database, table);
  const { rows, columns } = await readFacts(database, table);
  const { column, joined } = await findColumn(database, maps, columns, options);
  const known = columns.map(({ name }) => name);
  const dimensions = options.dimensions?.split(',').map((name) => name.trim());
  const strange = dimensions?.find((name) => !known.includes(name));
  if (strange !== undefined)
    throw refuse(`--dimensions: ${table} has no column ${strange}; there are ${known.join(', ')}`);
  const except = [column, ...(options.parent === undefined ? [] : [options.parent])];
  const sorted = sortColumns(columns, { rows, except, dimensions });
  // A dimension that says nothing besides the region is another name of it.
  const telling = await withoutNames(database, table, column, sorted.dimensions, dimensions !== undefined);
  const id = options.id ?? idOf(relationParts(table)[1]);
  const proposal = propose({
    ...{ id, title: options.title ?? labelOf(relationParts(table)[1]), table, set, column },
    parent: options.parent,
    byCode: joined.report.values.every(
      ({ value, match }) => match.status === 'matched' && match.code === value,
    ),
    dimensions: telling,
    figures: sorted.figures,
    isUnique: await isUnique(database, table, [column, ...telling.map(({ name }) => name)]),
  });
  const entries = { choropleths: { [id]: proposal.choropleth } };
  // The same checks as the server's, before anything is written.
  mapsReader([choroplethMaps])(
    asLines({ regions: withoutOthers(maps, set), ...entries }),
    `choropleth ${id}`,
  );
  tools.print(`regions by ${column}:`);
  for (const line of joinLines(joined)) tools.print(line);
  for (const note of proposal.notes) tools.print(note);
  tools.print(`\n${proposal.statements.map(({ text }) => `${text};`).join('\n')}\n\n${asLines(entries)}\n`);
  if (!options.apply) return tools.print('Nothing was changed; --apply does it.');
  if (Object.hasOwn(maps.choropleths, id))
    throw refuse(`there is a choropleth ${id} already; give this one an --id`);
  await makeCube(database, proposal, joined, set);
  await addToMaps(mapsFile, entries);
  tools.print(`Published: /gis/choropleth/${id}`);
}

/** The set and those above it, as far as a choropleth of it refers to them. */
function withoutOthers({ regions }: JoinMaps, set: string): Record<string, object> {
  const { parent: _parent, ...own } = regions[set]!;
  return { [set]: own };
}

const refuse = (detail: string): AppError => new AppError('invalid_parameter', { detail });
