import { AppError, invalidParameter } from '../../errors.ts';
import { diagnose, columnsOf, relationParts, type Joined } from '../../joins/public.ts';
import type { Entries } from '../../maps/lines.ts';
import {
  findColumn,
  idOf,
  isRate,
  isUnique,
  labelOf,
  propose,
  readFacts,
  type ColumnFacts,
  type Proposal,
} from '../../propose/public.ts';
import type { StudioContext, StudioMaps } from '../context.ts';
import type { DraftAsked, RegionSetConfig } from './body.ts';
import type { ValuesAsked } from './values.ts';

type DraftContext = Pick<StudioContext, 'db' | 'maps' | 'liveMaps' | 'choropleths'>;

/** What was asked for, held against the database. */
export interface Draft {
  readonly set: RegionSetConfig;
  readonly facts: readonly ColumnFacts[];
  readonly rows: number;
  readonly column: string;
  readonly joined: Joined;
}

/** What would be made of it. */
export interface Planned {
  readonly id: string;
  readonly proposal: Proposal;
  /** Lines of `maps.yaml`. */
  readonly entries: Entries;
  readonly values: ValuesAsked;
}

/** @throws AppError `invalid_parameter` naming what is not there */
export async function readDraft(ctx: DraftContext, asked: DraftAsked): Promise<Draft> {
  const { table, parent } = asked;
  const { set, regions } = await setsOf(ctx, asked);
  const known = await columnsOf(ctx.db, table);
  if (asked.column !== undefined) requireColumn('column', asked.column, known, table);
  if (parent !== undefined) requireColumn('parent', parent, known, table);
  const { rows, columns: facts } = await readFacts(ctx.db, table);
  const source = { set: asked.set, table, parent };
  const { column, joined } =
    asked.column === undefined
      ? await findColumn(ctx.db, { regions, choropleths: {} } as StudioMaps, facts, source)
      : {
          column: asked.column,
          joined: await diagnose(
            ctx.db,
            { regions },
            asked.set,
            { table, column: asked.column, parent },
            asked.confirm.map((one) => ({ ...one, parent: one.parent })),
          ),
        };
  return { set, facts, rows, column, joined };
}

/** Region sets with the new one among them. */
async function setsOf(
  { db, maps }: DraftContext,
  asked: DraftAsked,
): Promise<{ set: RegionSetConfig; regions: StudioMaps['regions'] }> {
  const known = Object.hasOwn(maps.regions, asked.set) ? maps.regions[asked.set] : undefined;
  if (!asked.regions) {
    if (known) return { set: known, regions: maps.regions };
    throw invalidParameter(
      'set',
      asked.set,
      `one of ${Object.keys(maps.regions).join(', ')}, or regions given`,
    );
  }
  if (known && !isSame(known, asked.regions))
    throw invalidParameter('set', asked.set, 'another name: there is a region set of this one');
  const { table, code, name } = asked.regions;
  const columns = await columnsOf(db, table);
  for (const [parameter, wanted] of Object.entries({ code, name }))
    requireColumn(`regions.${parameter}`, wanted, columns, table);
  return { set: asked.regions, regions: { ...maps.regions, [asked.set]: asked.regions } };
}

const isSame = (a: RegionSetConfig, b: RegionSetConfig): boolean =>
  a.table === b.table && a.code === b.code && a.name === b.name;

function requireColumn(parameter: string, name: string, known: readonly string[], table: string): void {
  if (!known.includes(name))
    throw invalidParameter(parameter, name, `a column of ${table}: ${known.slice(0, 30).join(', ')}`);
}

/** @throws AppError `invalid_parameter`; undefined where no metric was asked for */
export async function planDraft(
  ctx: DraftContext,
  asked: DraftAsked,
  draft: Draft,
): Promise<Planned | undefined> {
  const { metric, table, set, parent, suppress } = asked;
  if (!metric) return undefined;
  const { facts, column, joined } = draft;
  const figure = numberNamed('metric.column', metric.column, facts);
  const below =
    metric.denominator === undefined ? [] : [numberNamed('metric.denominator', metric.denominator, facts)];
  const dimensions = asked.dimensions.map((name) =>
    dimensionNamed(name, facts, [column, figure.name, ...below.map((one) => one.name)]),
  );
  if (!metric.adds && below.length > 0)
    throw invalidParameter(
      'metric.denominator',
      metric.denominator,
      'left out where the figure does not add up',
    );
  const unique = await isUnique(ctx.db, table, [column, ...dimensions.map(({ name }) => name)]);
  if (!metric.adds && !unique)
    throw invalidParameter(
      'metric.adds',
      false,
      'true, as regions have several rows; or name the columns that tell them apart as dimensions',
    );
  if (suppress && !metric.adds && below.length === 0)
    throw invalidParameter(
      'suppress',
      suppress.below,
      'left out: a figure that does not add up counts nobody',
    );
  const id = asked.id ?? idOf(relationParts(table)[1]);
  const proposal = propose({
    ...{ id, title: asked.title ?? labelOf(relationParts(table)[1]), table, set, column, parent, dimensions },
    byCode: joined.report.values.every(
      ({ value, match }) => match.status === 'matched' && match.code === value,
    ),
    figures: [figure, ...below.filter(({ name }) => name !== figure.name)],
    isUnique: unique,
    isRate: (name) => name === figure.name && !metric.adds,
  });
  const choropleth = { ...proposal.choropleth, metrics: metricsOf(metric), classify: classifyOf(asked) };
  return {
    id,
    proposal,
    entries: {
      regions: missingSets(ctx, set, draft.set),
      choropleths: { [id]: { ...choropleth, ...(suppress && { suppress: { below: suppress.below } }) } },
    },
    values: {
      ...{ table, column, parent, figure: figure.name, adds: metric.adds, denominator: below[0]?.name },
      multiplier: metric.multiplier ?? 1,
      time: dimensions.find(({ isYear }) => isYear)?.name,
      suppressBelow: suppress?.below,
    },
  };
}

function metricsOf({
  column,
  adds,
  denominator,
  multiplier,
  label,
  unit,
}: NonNullable<DraftAsked['metric']>): object {
  const words = { label: label ?? labelOf(column), ...(unit !== undefined && { unit }) };
  const factor = multiplier !== undefined && multiplier !== 1 && { multiplier };
  if (denominator === undefined) {
    return { [idOf(column)]: { [adds ? 'sum' : 'value']: column, ...factor, ...words } };
  }
  return {
    [`${idOf(column).slice(0, 48)}_rate`]: { ratio: [column, denominator], ...factor, ...words },
    [idOf(column)]: { sum: column, label: labelOf(column) },
  };
}

const classifyOf = ({
  classify: { method = 'quantile', classes, scheme = 'YlOrRd', reverse },
}: DraftAsked): object => ({
  ...{ method, classes, scheme },
  ...(reverse && { reverse }),
});

/** Region sets that the file has to be told of: the new one, and those that only the demo has. */
function missingSets(
  { maps, liveMaps }: DraftContext,
  id: string,
  set: RegionSetConfig,
): Record<string, object> {
  const missing: Record<string, object> = {};
  let next: { id: string; set: RegionSetConfig } | undefined = { id, set };
  while (next && !Object.hasOwn(liveMaps.own.regions, next.id) && !Object.hasOwn(missing, next.id)) {
    missing[next.id] = next.set;
    const above: string | undefined = next.set.parent?.set;
    const parent: RegionSetConfig | undefined = above === undefined ? undefined : maps.regions[above];
    next = above !== undefined && parent ? { id: above, set: parent } : undefined;
  }
  return missing;
}

function numberNamed(parameter: string, name: string, facts: readonly ColumnFacts[]): ColumnFacts {
  const found = facts.find((one) => one.name === name);
  if (found?.kind === 'number') return found;
  const numbers = facts.filter(({ kind }) => kind === 'number').map((one) => one.name);
  throw invalidParameter(
    parameter,
    name,
    `a column of numbers: ${numbers.slice(0, 30).join(', ') || 'there is none'}`,
  );
}

function dimensionNamed(name: string, facts: readonly ColumnFacts[], taken: readonly string[]): ColumnFacts {
  const found = facts.find((one) => one.name === name);
  if (found && !taken.includes(name) && (found.kind === 'text' || found.isYear)) return found;
  throw invalidParameter(
    'dimensions',
    name,
    'columns of texts or years that are neither the region nor a figure',
  );
}

/** What a person may choose of the table's columns. */
export function choicesOf({ facts, column }: Draft): object[] {
  return facts.map(({ name, kind, distinct, isYear }) => ({
    ...{ name, kind, distinct, isYear },
    addsUp: kind === 'number' && !isRate(name),
    isRegion: name === column,
  }));
}

/** @throws AppError `invalid_parameter` where something is called so already */
export function requireFree({ maps }: DraftContext, id: string): void {
  if (Object.hasOwn(maps.choropleths, id))
    throw new AppError('invalid_parameter', {
      detail: `there is a choropleth ${id} already; give this one another id`,
    });
}
