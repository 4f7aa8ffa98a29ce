import { rankByRow, type Answer, type Choropleth, type RegionValue } from '../../choropleth/public.ts';
import { AppError } from '../../errors.ts';
import { isToolName, TOOLS, type ToolArguments, type ToolName } from './declare.ts';
import type { FigureQuery, Figures } from './figures.ts';
import { findRegion } from './regions.ts';

/** Where a figure of an answer comes from. */
export interface Source {
  readonly choropleth: string;
  /** Version of the choropleth: its `g`. */
  readonly generation: string;
  readonly metric: string;
  readonly level: string;
  /** Values of dimensions that it was filtered by; absent where it was not. */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  readonly region?: string;
  readonly name?: string;
}

export interface ToolResult {
  /** What the model is told. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly sources: readonly Source[];
  /** Versions of the choropleths that it was read from. */
  readonly used: Readonly<Record<string, string>>;
}

const MOST_DIMENSION_VALUES = 30;

/**
 * Runs one call of the model. Whatever is wrong with it is told to the model, which may mend it; only a database that
 * fails is thrown.
 */
export async function runTool(figures: Figures, name: string, args: unknown): Promise<ToolResult> {
  if (!isToolName(name)) return refused('unknown_tool', `there is no tool ${name.slice(0, 60)}`);
  const parsed = TOOLS[name].parameters.safeParse(args);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(
      'invalid_arguments',
      `${issue?.path.join('.') || 'arguments'}: ${issue?.message ?? 'not valid'}`,
    );
  }
  try {
    return await RUN[name](figures, parsed.data as never);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) {
      return refused(error.code, String(error.members.detail ?? error.title));
    }
    throw error;
  }
}

const refused = (error: string, detail: string): ToolResult => ({
  output: { error, detail },
  sources: [],
  used: {},
});

const RUN: { [Name in ToolName]: (figures: Figures, args: ToolArguments<Name>) => Promise<ToolResult> } = {
  listChoropleths: async (figures) => ({
    output: { choropleths: await Promise.all(figures.all().map((each) => describe(figures, each))) },
    sources: [],
    used: {},
  }),

  topRegions: async (figures, args) => {
    const asked = await ask(figures, args);
    if ('output' in asked) return asked;
    const { answer, regions } = asked;
    const direction = args.order === 'highest' ? -1 : 1;
    const sorted = regions
      .filter(({ value }) => value !== null)
      .sort((a, b) => direction * ((a.value ?? 0) - (b.value ?? 0)) || (a.name < b.name ? -1 : 1))
      .slice(0, args.count);
    const ranks = rankByRow(regions);
    return told(answer, sorted, {
      order: args.order,
      rows: sorted.map((region, i) => ({ place: i + 1, ...row(answer, region, ranks) })),
      regionsWithValue: ranks.size,
      withoutValue: without(regions),
    });
  },

  compareRegions: async (figures, args) => {
    const asked = await ask(figures, args);
    if ('output' in asked) return asked;
    const { answer } = asked;
    const found: RegionValue[] = [];
    for (const name of args.regions) {
      const one = findRegion(answer, name, args.within);
      if ('problem' in one) return refused(one.problem, unknown(name, one.candidates));
      found.push(one.region);
    }
    const ranks = rankByRow(asked.regions);
    return told(answer, found, {
      rows: found.map((region) => row(answer, region, ranks)),
      differences: differences(found),
      regionsWithValue: ranks.size,
    });
  },

  regionValue: async (figures, args) => {
    const asked = await ask(figures, args);
    if ('output' in asked) return asked;
    const { answer } = asked;
    const one = findRegion(answer, args.region, args.within);
    if ('problem' in one) return refused(one.problem, unknown(args.region, one.candidates));
    const ranks = rankByRow(asked.regions);
    return told(answer, [one.region], { ...row(answer, one.region, ranks), regionsWithValue: ranks.size });
  },

  classBreaks: async (figures, args) => {
    const asked = await ask(figures, args);
    if ('output' in asked) return asked;
    const { answer } = asked;
    const { classification } = answer;
    return told(answer, [], {
      method: classification.method,
      classes: classification.classes.map(({ lower, upper, count }) => ({
        from: short(lower),
        to: short(upper),
        regions: count,
      })),
      withoutValue: without(answer.values),
    });
  },
};

/** The answer that a call is about, and the regions that it looks at; or why there is none. */
async function ask(
  figures: Figures,
  args: Pick<ToolArguments<'topRegions'>, 'choropleth' | 'metric' | 'level' | 'filters'> & {
    within?: string | undefined;
    method?: string | undefined;
    classes?: number | undefined;
  },
): Promise<{ answer: Answer; regions: RegionValue[] } | ToolResult> {
  const choropleth = figures.all().find(({ id }) => id === args.choropleth);
  if (!choropleth) {
    const known = figures.all().map(({ id }) => id);
    return refused(
      'choropleth_not_found',
      `there is no choropleth ${args.choropleth}; there are ${known.join(', ')}`,
    );
  }
  const { metric, level, method, classes, filters = {} } = args;
  const query: FigureQuery = {
    metric,
    level,
    method,
    classes,
    filters: Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [String(value)]])),
  };
  const answer = await figures.answer(choropleth, query);
  const parents = args.within === undefined ? undefined : parentsNamed(answer, args.within);
  const regions = answer.values.filter(({ parent }) => !parents || (parent !== null && parents.has(parent)));
  if (regions.length === 0)
    return refused('region_not_found', `there are no regions within ${args.within ?? ''}`);
  return { answer, regions };
}

function parentsNamed(answer: Answer, name: string): Set<string> {
  const wanted = name.toLowerCase();
  return new Set(
    [...answer.parentNames]
      .filter(([code, each]) => code === name || each.toLowerCase() === wanted)
      .map(([code]) => code),
  );
}

function told(answer: Answer, regions: readonly RegionValue[], rest: Record<string, unknown>): ToolResult {
  const { choropleth, metric, level, dimensions } = answer.request;
  const filters = dimensions.size > 0 ? { filters: Object.fromEntries(dimensions) } : {};
  const from = {
    choropleth: choropleth.id,
    generation: answer.version,
    metric: metric.id,
    level: level.id,
    ...filters,
  };
  return {
    output: {
      choropleth: choropleth.id,
      title: choropleth.title,
      metric: { id: metric.id, label: metric.label, ...(metric.unit ? { unit: metric.unit } : {}) },
      level: level.id,
      ...filters,
      ...rest,
    },
    sources: regions.length > 0 ? regions.map(({ code, name }) => ({ ...from, region: code, name })) : [from],
    used: { [choropleth.id]: answer.version },
  };
}

function row(
  answer: Answer,
  region: RegionValue,
  ranks: ReadonlyMap<number, number>,
): Record<string, unknown> {
  const parent =
    region.parent === null ? undefined : (answer.parentNames.get(region.parent) ?? region.parent);
  return {
    code: region.code,
    name: region.name,
    ...(parent === undefined ? {} : { within: parent }),
    value: region.value === null ? null : short(region.value),
    ...(answer.request.metric.unit ? { unit: answer.request.metric.unit } : {}),
    ...(region.status === 'ok' ? {} : { status: region.status }),
    ...(ranks.has(region.row) ? { rank: ranks.get(region.row) } : {}),
  };
}

/** Between every two of them: so that nobody has to subtract, and no number is made up. */
function differences(regions: readonly RegionValue[]): object[] {
  const pairs = regions.flatMap((a, i) => regions.slice(i + 1).map((b) => [a, b] as const));
  return pairs.flatMap(([a, b]) => {
    if (a.value === null || b.value === null) return [];
    const [more, less] = a.value >= b.value ? [a, b] : [b, a];
    const ratio = less.value ? short((more.value ?? 0) / less.value) : undefined;
    return [
      {
        higher: more.name,
        lower: less.name,
        difference: short((more.value ?? 0) - (less.value ?? 0)),
        ...(ratio === undefined ? {} : { times: ratio, morePercent: short((ratio - 1) * 100) }),
      },
    ];
  });
}

const unknown = (name: string, candidates: readonly string[]): string =>
  candidates.length === 0
    ? `no region is called ${name}`
    : `${name} is not clear; there are ${candidates.join('; ')}`;

function without(values: readonly RegionValue[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of values) if (status !== 'ok') counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Whole numbers as they are, others with two decimals: more would be read as precision. */
const short = (value: number): number => (Number.isInteger(value) ? value : Number(value.toFixed(2)));

async function describe(figures: Figures, choropleth: Choropleth): Promise<object> {
  const dimensions = choropleth.cube.dimensions.map(async (id) => {
    const values = await figures.dimensionValues(choropleth, id);
    return {
      id,
      values: values.slice(0, MOST_DIMENSION_VALUES),
      ...(id === choropleth.cube.time ? { time: true } : {}),
    };
  });
  return {
    id: choropleth.id,
    title: choropleth.title,
    ...(choropleth.description ? { description: choropleth.description } : {}),
    ...(choropleth.source ? { source: choropleth.source } : {}),
    levels: choropleth.levels.map(({ id }) => id),
    metrics: choropleth.metrics.map(({ id, label, unit }) => ({ id, label, ...(unit ? { unit } : {}) })),
    dimensions: await Promise.all(dimensions),
  };
}
