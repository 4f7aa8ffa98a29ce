import { ident, join, sql } from '../db/sql.ts';
import type { Figures } from './cubes.ts';
import type { Line } from './lines.ts';
import { idOf, labelOf } from '../propose/public.ts';
import { distinctIds, nameScore } from './names.ts';
import type { Parent } from './parents.ts';
import type { Regions } from './regions.ts';
import { from, fullName, hasUniqueKey, KINDS, nameInMaps } from './relations.ts';

/** What an operator may run, and what for. */
export interface Remedy {
  readonly why: string;
  readonly statement: string;
}

export interface Choropleth {
  readonly id: string;
  readonly line: Line;
  /** What must be run before the entry means anything; it is a comment until then. */
  readonly needs: Remedy | undefined;
}

/** Region sets by table, each with its id. */
export type Sets = ReadonlyMap<Regions, { readonly id: string; readonly parent: Parent | undefined }>;

export function regionLine(regions: Regions, sets: Sets): Line {
  const { relation, layer, code, name, rows, why } = regions;
  const { id, parent } = sets.get(regions)!;
  const others =
    relation.columns.filter(({ type }) => type === 'geometry' || type === 'geography').length > 1;
  return {
    key: id,
    why: `${rows} polygons in ${KINDS[relation.kind]} ${fullName(relation)}`,
    below: [
      {
        key: 'table',
        value: nameInMaps(relation),
        why: `its geometry is ${layer.geometry.type}, SRID ${layer.geometry.srid}`,
      },
      ...(others
        ? [{ key: 'geometry', value: layer.geometry.column, why: 'the first of several geometry columns' }]
        : []),
      { key: 'code', value: code, why },
      {
        key: 'name',
        value: name,
        why: nameWhy(regions),
      },
      ...(parent && parent.remedy === undefined
        ? [
            {
              key: 'parent',
              value: { set: sets.get(parent.regions)!.id, column: parent.column },
              why: `${parent.column}: ${parent.why}`,
            },
          ]
        : []),
    ],
  };
}

const nameWhy = ({ name, code }: Regions): string =>
  nameScore(name) > 0
    ? `by its name what people read${name === code ? ', and a code as well' : ''}`
    : name === code
      ? 'there is no other text'
      : 'the text with the most different values';

/** A parent whose column is not there yet. */
export function parentRemedy(regions: Regions, sets: Sets): Remedy[] {
  const parent = sets.get(regions)?.parent;
  if (parent?.remedy === undefined) return [];
  const above = sets.get(parent.regions)!.id;
  return [
    {
      why: `${fullName(regions.relation)} below ${fullName(parent.regions.relation)}, as ${parent.why}; then regions.${sets.get(regions)!.id} may say parent: { set: ${above}, column: ${parent.column} }`,
      statement: parent.remedy,
    },
  ];
}

/** The choropleth of a relation; of a list of things that has nothing to add up, that of how many there are. */
export function choroplethOf(
  figures: Figures,
  sets: Sets,
  { ids, isTaken }: { ids: (name: string) => string; isTaken: (relation: string) => boolean },
): Choropleth | undefined {
  const { relation, areUnique } = figures;
  const sums = figures.figures.filter(({ isRate }) => !isRate);
  const values = areUnique ? figures.figures.filter(({ isRate }) => isRate) : [];
  if (sums.length === 0 && values.length === 0) {
    const view = { schema: relation.schema, name: `${relation.name.slice(0, 55)}_cube` };
    if (areUnique || isTaken(fullName(view))) return undefined;
    const id = ids(relation.name);
    const counted = metricLines(figures, true);
    return { id, line: entry(id, figures, sets, counted, view), needs: countingView(figures, view) };
  }
  const id = ids(relation.name);
  return { id, line: entry(id, figures, sets, metricLines(figures, false), relation), needs: undefined };
}

function entry(
  id: string,
  { relation, regions, match, dimensions, rows, parts, regionWholes, areUnique }: Figures,
  sets: Sets,
  metrics: readonly Line[],
  view: { readonly schema: string; readonly name: string },
): Line {
  const time = dimensions.find(({ isTime }) => isTime);
  const strangers = match.values - match.regions;
  const wholes = [...new Set([...parts.map(({ whole }) => whole), ...regionWholes])];
  const first = metrics.find(({ key }) => key.includes('_of_')) ?? metrics[0]!;
  return {
    key: id,
    why: `${rows} rows in ${KINDS[relation.kind]} ${fullName(relation)}`,
    below: [
      { key: 'title', value: labelOf(relation.name), why: 'the name of the table: say it better' },
      { key: 'regions', value: sets.get(regions)!.id, why: `${match.column} has its codes` },
      {
        key: 'cube',
        why: areUnique
          ? 'one row for each region and value of the dimensions'
          : 'several rows for a region and value of the dimensions: they are added up',
        below: [
          {
            key: 'view',
            value: nameInMaps(view),
            why: view === relation ? KINDS[relation.kind] : 'made by the statement below',
          },
          {
            key: 'region',
            value: view === relation ? match.column : 'region',
            why: `${match.regions} of ${regions.rows} regions have figures; ${strangers === 0 ? 'every value is a code' : `${strangers} of ${match.values} values are no code of one (${match.strangers.join(', ')}${strangers > match.strangers.length ? ', …' : ''})`}`,
          },
          ...(dimensions.length === 0
            ? []
            : [
                {
                  key: 'dimensions',
                  value: dimensions.map(({ name }) => name),
                  why: dimensions.map((one) => dimensionWhy(one)).join('; '),
                },
              ]),
          ...(time
            ? [
                {
                  key: 'time',
                  value: time.name,
                  why: `its values are points in time; figures of all of them are added up where none is asked for (?${time.name}=…)`,
                },
              ]
            : []),
        ],
      },
      { key: 'metrics', why: 'columns of numbers, and what they make together', below: metrics },
      ...(wholes.length === 0
        ? []
        : [
            {
              key: 'denominators',
              value: wholes,
              why: 'by their names what a count may be divided by: ?normalize=per:…',
            },
          ]),
      {
        key: 'classify',
        value: {
          metric: first.key,
          method: 'quantile',
          classes: Math.min(5, Math.max(2, Math.floor(match.regions / 3))),
        },
        why: 'as many regions in each class; advise.json proposes others',
      },
    ],
  };
}

const dimensionWhy = ({ name, values, total }: Figures['dimensions'][number]): string =>
  `${name} has ${values} values within regions${total === undefined ? '' : `, and ${total} among them counts the others twice: leave those rows out of the view`}`;

function metricLines({ figures, areUnique, parts }: Figures, isCounted: boolean): Line[] {
  const ids = distinctIds();
  const lines: Line[] = [];
  if (isCounted) lines.push({ key: ids('n'), value: { sum: 'n', label: 'Rows' }, why: 'how many there are' });
  for (const { name, isRate, why } of figures) {
    const label = labelOf(name);
    if (!isRate) lines.push({ key: ids(name), value: { sum: name, label }, why: `${why}: they add up` });
    else if (areUnique && !isCounted)
      lines.push({ key: ids(name), value: { value: name, label }, why: `${why}, and does not add up` });
  }
  for (const { part, whole } of isCounted ? [] : parts)
    lines.push({
      key: ids(`${idOf(part).slice(0, 28)}_of_${idOf(whole).slice(0, 28)}`),
      value: { ratio: [part, whole], multiplier: 100, label: `${labelOf(part)}, % of ${whole}`, unit: '%' },
      why: `no row has more ${part} than ${whole}`,
    });
  return lines;
}

/** Things are counted by a view, which is refreshed when they change. */
function countingView(
  { relation, match, dimensions }: Figures,
  view: { schema: string; name: string },
): Remedy {
  const names = dimensions.map(({ name }) => ident(name));
  const keys = [sql`${ident(match.column)}::text as ${ident('region')}`, ...names];
  const by = [ident(match.column), ...names];
  const create = sql`create materialized view ${from(view)} as select ${join([...keys, sql`count(*) as n`])} from ${from(relation)} where ${ident(match.column)} is not null group by ${join(by)}`;
  const index = sql`create unique index on ${from(view)} (${join([ident('region'), ...names])})`;
  return {
    why: `${fullName(relation)} has nothing to add up: what can be shown is how many rows each region has`,
    statement: `${create.text};\n${index.text};`,
  };
}

/** Indexes that ought to be there. */
export function missingIndexes(sets: Sets, all: readonly Figures[]): Remedy[] {
  const ofRegions = [...sets.keys()].flatMap(({ relation, layer, code }): Remedy[] => [
    ...(canHaveIndex(relation.kind) && !hasUniqueKey(relation, [code])
      ? [
          {
            why: `codes of ${fullName(relation)} stay codes: nothing keeps two regions from having the same one`,
            statement: `create unique index on ${from(relation).text} (${ident(code).text});`,
          },
        ]
      : []),
    ...(canHaveIndex(relation.kind) && !layer.geometry.hasIndex
      ? [
          {
            why: `${fullName(relation)} has no spatial index`,
            statement: `create index on ${from(relation).text} using gist (${ident(layer.geometry.column).text});`,
          },
        ]
      : []),
  ]);
  const ofCubes = all.flatMap(({ relation, match, dimensions, areUnique }): Remedy[] => {
    const keys = [match.column, ...dimensions.map(({ name }) => name)];
    if (relation.kind !== 'm' || !areUnique || hasUniqueKey(relation, keys)) return [];
    return [
      {
        why: `${fullName(relation)} can be refreshed while it is read only with a unique index`,
        statement: `create unique index on ${from(relation).text} (${join(keys.map((key) => ident(key))).text});`,
      },
    ];
  });
  return [...ofRegions, ...ofCubes];
}

const canHaveIndex = (kind: string): boolean => 'rpm'.includes(kind);
