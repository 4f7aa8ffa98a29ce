import type { TableLayer } from '../catalog/types.ts';
import type { Queryable } from '../db/types.ts';
import { bestMatch, readFigures, type Figures } from './cubes.ts';
import { mayBeCode, readValues } from './facts.ts';
import { commentOf, oneLine, textOf } from './lines.ts';
import { wouldMatch, type Values } from './matches.ts';
import { distinctIds } from './names.ts';
import { findParent, type Parent } from './parents.ts';
import {
  choroplethOf,
  missingIndexes,
  parentRemedy,
  regionLine,
  type Choropleth,
  type Remedy,
  type Sets,
} from './proposal.ts';
import { chooseCode, findRegionTables, otherCodes, type LeftOut, type Regions } from './regions.ts';
import { fullName, readRelations, type Relation } from './relations.ts';

/** What a database offers to be mapped. */
export interface Proposal {
  /** A whole `maps.yaml`, each line with its reason; undefined where there is nothing to say. */
  readonly maps: string | undefined;
  readonly regions: readonly string[];
  readonly choropleths: readonly string[];
  readonly remedies: readonly Remedy[];
  /** What was looked at and left out, and why. */
  readonly notes: readonly string[];
}

export interface InitOptions {
  readonly layers: readonly TableLayer[];
  /** Those that are published; all where empty. */
  readonly schemas: readonly string[];
  /** Names that no dimension may have. */
  readonly reserved: readonly string[];
  readonly progress: (text: string) => void;
}

/** Looks at everything that may be read, and changes nothing. */
export async function proposeMaps(
  db: Queryable,
  { layers, schemas, reserved, progress }: InitOptions,
): Promise<Proposal> {
  const relations = await readRelations(db, schemas);
  const { tables, leftOut } = await findRegionTables(db, layers, relations);
  if (tables.length === 0) return nothing(relations, leftOut);
  const values = await readAllValues(db, relations, progress);
  const all = tables.map((table) => chooseCode(table, values));
  const others = all.flatMap((regions) => otherCodes(regions));
  const parents = new Map<Regions, Parent | undefined>();
  for (const regions of all) parents.set(regions, await findParent(db, regions, all, values));
  const figures: Figures[] = [];
  const notes = leftOut.map(({ relation, why }) => `${fullName(relation)}: ${why}`);
  const isRegions = (relation: Relation): boolean => all.some((one) => one.relation === relation);
  for (const relation of relations.filter((one) => !isRegions(one))) {
    progress(`looking at ${fullName(relation)}`);
    const found = bestMatch(relation, all, values) ?? bestMatch(relation, others, values);
    if (found) figures.push(await readFigures(db, relation, found, reserved));
    else notes.push(...whyNot(relation, all, values));
    if (!found || all.includes(found.regions)) continue;
    parents.set(found.regions, await findParent(db, found.regions, all, values));
    all.push(found.regions);
  }
  figures.push(...(await ownFigures(db, all, figures, reserved)));
  const sets = setsOf(all, parents, figures);
  const ids = distinctIds();
  const isTaken = (name: string): boolean => relations.some((one) => fullName(one) === name);
  const made = figures.flatMap((one) => {
    const choropleth = choroplethOf(one, sets, { ids, isTaken });
    if (!choropleth)
      notes.push(
        `${fullName(one.relation)}: it names regions, and has no figures, or its view is there already`,
      );
    return choropleth ?? [];
  });
  notes.push(
    ...figures.flatMap(({ relation, areUnique, figures: columns }) => {
      const lost = areUnique ? [] : columns.filter(({ isRate }) => isRate).map(({ name }) => name);
      return lost.length === 0
        ? []
        : [
            `${fullName(relation)}: ${lost.join(', ')} left out, as regions have several rows and these do not add up`,
          ];
    }),
  );
  const remedies = [
    ...made.flatMap(({ needs }) => needs ?? []),
    ...missingIndexes(sets, figures),
    ...[...sets.keys()].flatMap((regions) => parentRemedy(regions, sets)),
    ...leftOut.flatMap(({ relation, why, remedy }) =>
      remedy === undefined ? [] : [{ why: `${fullName(relation)}: ${why}`, statement: remedy }],
    ),
  ];
  return {
    maps: mapsText(sets, made, remedies, notes),
    regions: [...sets.values()].map(({ id }) => id),
    choropleths: made.filter(({ needs }) => !needs).map(({ id }) => id),
    ...{ remedies, notes },
  };
}

function nothing(relations: readonly Relation[], leftOut: readonly LeftOut[]): Proposal {
  const notes = leftOut.map(({ relation, why }) => `${fullName(relation)}: ${why}`);
  const remedies = leftOut.flatMap(({ relation, why, remedy }) =>
    remedy === undefined ? [] : [{ why: `${fullName(relation)}: ${why}`, statement: remedy }],
  );
  const seen =
    relations.length === 0
      ? 'This database has no table that this role may read'
      : `None of the ${relations.length} tables and views that this role may read has polygons with a code`;
  return {
    maps: undefined,
    ...{ regions: [], choropleths: [], remedies },
    notes: [`${seen}: a map needs regions first.`, ...notes],
  };
}

/** Different values of every column that may be a code, once. */
async function readAllValues(
  db: Queryable,
  relations: readonly Relation[],
  progress: (text: string) => void,
): Promise<Values[]> {
  const all: Values[] = [];
  for (const relation of relations) {
    progress(`reading ${fullName(relation)}`);
    for (const column of relation.columns.filter(mayBeCode)) {
      const values = await readValues(db, relation, column.name);
      if (values && values.size > 0) all.push({ relation, column, values });
    }
  }
  return all;
}

/** Figures that stand in the region table itself, where no other table has any. */
async function ownFigures(
  db: Queryable,
  all: readonly Regions[],
  others: readonly Figures[],
  reserved: readonly string[],
): Promise<Figures[]> {
  const found: Figures[] = [];
  for (const regions of all) {
    if (others.some((one) => one.regions === regions)) continue;
    const match = {
      ...{ relation: regions.relation, column: regions.code, regions: regions.rows, values: regions.rows },
      ...{ strangers: [], isForeignKey: false },
    };
    const own = await readFigures(db, regions.relation, { regions, match }, reserved);
    if (own.figures.length > 0) found.push({ ...own, dimensions: [] });
  }
  return found;
}

/** The region sets that have figures, and those above them; where none has, all. */
function setsOf(
  all: readonly Regions[],
  parents: ReadonlyMap<Regions, Parent | undefined>,
  figures: readonly Figures[],
): Sets {
  const wanted = new Set<Regions>();
  const start = figures.length > 0 ? figures.map(({ regions }) => regions) : all;
  for (let one of start as readonly (Regions | undefined)[])
    for (; one && !wanted.has(one); one = parents.get(one)?.regions) wanted.add(one);
  const ids = distinctIds();
  const isSecond = (one: Regions): boolean => all.find(({ relation }) => relation === one.relation) !== one;
  const idFor = (one: Regions): string => `${one.relation.name}${isSecond(one) ? `-by-${one.code}` : ''}`;
  return new Map(
    all
      .filter((one) => wanted.has(one))
      .map((one) => [one, { id: ids(idFor(one)), parent: parents.get(one) }]),
  );
}

function whyNot(relation: Relation, all: readonly Regions[], values: readonly Values[]): string[] {
  const padded = values
    .filter((one) => one.relation === relation)
    .flatMap((one) => all.map((regions) => ({ one, regions, count: wouldMatch(regions, one.values) })))
    .sort((a, b) => b.count - a.count)[0];
  if (!padded || padded.count < Math.max(2, padded.one.values.size / 2))
    return [
      `${fullName(relation)}: no column has codes of regions; where one has names, npm run join matches them`,
    ];
  const { one, regions, count } = padded;
  const length = Math.max(...[...regions.values].map((code) => code.length));
  return [
    `${fullName(relation)}: ${count} of ${one.values.size} values of ${one.column.name} would be codes of ${fullName(regions.relation)} with zeros in front: make a view with lpad(${one.column.name}::text, ${length}, '0')`,
  ];
}

function mapsText(
  sets: Sets,
  made: readonly Choropleth[],
  remedies: readonly Remedy[],
  notes: readonly string[],
): string {
  const live = made.filter(({ needs }) => !needs);
  const later = made.filter(({ needs }) => needs);
  const parts = [
    commentOf(
      'What this database offers to be mapped, as chorograph init found it. Each line says why; change what is wrong.',
    ),
    `\nregions: # polygons that a code tells apart\n${textOf(
      [...sets.keys()].map((regions) => regionLine(regions, sets)),
      { depth: 1 },
    )}`,
  ];
  if (live.length > 0)
    parts.push(
      `\nchoropleths: # tables and views with a column of those codes\n${textOf(
        live.map(({ line }) => line),
        { depth: 1 },
      )}`,
    );
  if (later.length > 0)
    parts.push(
      `\n${commentOf('After the statements below that make their views, these may be choropleths as well:')}`,
      ...later.map(({ line }) => textOf([line], { depth: 1, off: true })),
    );
  if (remedies.length > 0)
    parts.push(
      `\n${commentOf('Statements that would help; none was run:')}`,
      ...remedies.map(({ why, statement }) =>
        commentOf(`${oneLine(why)}\n  ${statement.replaceAll('\n', '\n  ')}`),
      ),
    );
  if (notes.length > 0)
    parts.push(`\n${commentOf('Left out:')}`, ...notes.map((note) => commentOf(`- ${oneLine(note)}`)));
  return parts.join('');
}
