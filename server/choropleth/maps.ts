import { z } from 'zod';
import { CHOROPLETH_KEYS } from './maps-keys.ts';
import { access, caption, id, mapsPart, name, relation, type Problem } from '../maps-part.ts';
import { didYouMean } from '../tools/nearest.ts';
import { METHODS } from './classify/types.ts';
import { SCHEMES } from './color/schemes.ts';

const DIGITS = 'a whole number from -12 to 10';
/** Parameters of choropleths (`choroplethParams`, and those of its forms): a dimension is filtered by its own name. */
export const RESERVED: readonly string[] = [
  ...[
    'metric',
    'method',
    'classes',
    'breaks',
    'isolate',
    'scope',
    'normalize',
    'multiplier',
    'change',
    'from',
    'to',
  ],
  ...['scheme', 'reverse', 'center', 'cvd', 'theme', 'level', 'parent', 'g', 'zoom', 'precision', 'maxbytes'],
  ...['locale', 'scale', 'histogram', 'width', 'height', 'bbox', 'projection', 'bare', 'sort', 'order'],
  ...['vars', 'dim', 'schemes', 'permutations', 'seed', 'smooth', 'alpha'],
  ...['filter', 'filter-lang', 'filter-crs'],
];
/** A column of the cube, or one with what people call it. */
const dimension = z.preprocess(
  (value) => (typeof value === 'string' ? { column: value } : value),
  z.strictObject({ column: name, label: caption.optional() }, { error: 'a name, or { column, label }' }),
);

const region = z.strictObject({
  table: relation,
  geometry: name.optional(),
  code: name,
  name: name,
  label: caption.optional(),
  parent: z.strictObject({ set: id, column: name }).optional(),
});

const metric = z
  .strictObject({
    sum: name.optional(),
    ratio: z.tuple([name, name], { error: '[numerator, denominator]' }).optional(),
    value: name.optional(),
    multiplier: z.number({ error: 'a number' }).positive('a positive number').optional(),
    label: z.string().optional(),
    unit: z.string().optional(),
    /** Values are rounded to it; below zero to tens, hundreds, … */
    digits: z.int(DIGITS).min(-12, DIGITS).max(10, DIGITS).optional(),
  })
  .refine(
    (m) => [m.sum, m.ratio, m.value].filter((part) => part !== undefined).length === 1,
    'exactly one of sum, ratio, value',
  );

const cube = z.strictObject({
  view: relation,
  region: name,
  dimensions: z.array(dimension).default([]),
  time: name.optional(),
});

const choropleth = z.strictObject({
  access: access.optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  attribution: caption.optional(),
  regions: id,
  cube,
  metrics: z.record(id, metric).refine((metrics) => Object.keys(metrics).length > 0, 'at least one metric'),
  classify: z
    .strictObject({
      metric: id.optional(),
      method: z.string().default('quantile'),
      classes: z
        .int('a whole number from 2 to 9')
        .min(2, 'a whole number from 2 to 9')
        .max(9, 'a whole number from 2 to 9')
        .default(5),
      scheme: z.string().default('YlOrRd'),
      reverse: z.boolean().default(false),
      breaks: z.array(z.number()).optional(),
      isolate: z
        .union([z.number(), z.array(z.number())])
        .transform((value) => [value].flat())
        .optional(),
    })
    .prefault({}),
  /** Columns that a count may be divided by with `normalize=per:`. */
  denominators: z.array(name).default([]),
  suppress: z
    .strictObject({
      below: z.number({ error: 'a number' }).positive('a positive number'),
      /** Cube column that counts whom it protects; that of the first sum, or the first ratio's denominator. */
      count: name.optional(),
    })
    .optional(),
  unreliable: z
    .strictObject({ below: z.number({ error: 'a number' }).positive('a positive number') })
    .optional(),
});

export type RegionConfig = z.output<typeof region>;
export type ChoroplethConfig = z.output<typeof choropleth>;
export type MetricConfig = z.output<typeof metric>;

/** `regions` and `choropleths`. */
export interface ChoroplethMaps {
  readonly regions: Readonly<Record<string, RegionConfig>>;
  readonly choropleths: Readonly<Record<string, ChoroplethConfig>>;
}

export const choroplethMaps = mapsPart<ChoroplethMaps>({
  sections: (added) => ({
    regions: z.record(id, region).default({}),
    choropleths: z
      .record(id, choropleth.extend({ cube: cube.extend(added('cube')), ...added('choropleth') }))
      .default({}),
  }),
  describes: CHOROPLETH_KEYS,
  checkAnyway: (raw) => crossReferences(readLeniently(raw)),
});

/** What refers to something else: of a file with mistakes, as much as can be read. */
interface References {
  readonly regions: Readonly<Record<string, Pick<RegionConfig, 'parent'>>>;
  readonly choropleths: Readonly<Record<string, Partial<ChoroplethConfig>>>;
}

function readLeniently(raw: unknown): References {
  const entries = (section: string): [string, unknown][] =>
    Object.entries(Object((raw as Record<string, unknown> | null)?.[section]) as object);
  const partly = (shape: z.ZodRawShape, value: unknown): object =>
    Object.fromEntries(
      Object.entries(shape).flatMap(([key, part]) => {
        const parsed = z.safeParse(part, (value as Record<string, unknown> | null)?.[key]);
        return parsed.success ? [[key, parsed.data]] : [];
      }),
    );
  const all = (section: string, shape: z.ZodRawShape): Record<string, object> =>
    Object.fromEntries(entries(section).map(([key, value]) => [key, partly(shape, value)]));
  return {
    regions: all('regions', region.shape) as References['regions'],
    choropleths: all('choropleths', { ...choropleth.shape, cube: cube.loose() }),
  };
}

/** What one part says of another: sets, parents and metrics must exist, and parents must not go round. */
function crossReferences(maps: References): Problem[] {
  const problems: Problem[] = [];
  const report = (path: string[], text: string): void => void problems.push({ path, text: `: ${text}` });
  for (const [id, set] of Object.entries(maps.regions)) {
    const parent = set.parent?.set;
    if (parent !== undefined && !maps.regions[parent])
      report(
        ['regions', id, 'parent', 'set'],
        `there is no region set ${parent}${didYouMean(parent, Object.keys(maps.regions))}`,
      );
    else if (ancestors(maps, id).includes(id))
      report(['regions', id, 'parent'], 'the parents go round in a circle');
  }
  for (const [id, map] of Object.entries(maps.choropleths)) {
    const at = (...path: string[]): string[] => ['choropleths', id, ...path];
    const { regions, metrics, classify, cube, suppress } = map;
    if (regions !== undefined && !maps.regions[regions])
      report(
        at('regions'),
        `there is no region set ${regions}${didYouMean(regions, Object.keys(maps.regions))}`,
      );
    if (classify) {
      const { metric, method, scheme, breaks } = classify;
      if (metric !== undefined && metrics && !metrics[metric])
        report(
          at('classify', 'metric'),
          `there is no metric ${metric}${didYouMean(metric, Object.keys(metrics))}`,
        );
      if (!METHODS.some((known) => known === method))
        report(
          at('classify', 'method'),
          `there is no method ${method}${didYouMean(method, METHODS) || `; there are ${METHODS.join(', ')}`}`,
        );
      if (!isScheme(scheme)) {
        const names = SCHEMES.map((known) => known.name);
        report(at('classify', 'scheme'), `there is no scheme ${scheme}${didYouMean(scheme, names)}`);
      }
      if (breaks?.some((value, i) => i > 0 && value < (breaks[i - 1] ?? -Infinity)))
        report(at('classify', 'breaks'), `none may be less than the one before: ${breaks.join(', ')}`);
      if (method === 'manual' && !breaks) report(at('classify', 'breaks'), 'method manual needs breaks');
    }
    if (cube) {
      const { time } = cube;
      const dimensions = cube.dimensions.map(({ column }) => column);
      if (time !== undefined && !dimensions.includes(time))
        report(at('cube', 'time'), `${time} is not one of its dimensions${didYouMean(time, dimensions)}`);
      const reserved = dimensions.filter((column) => RESERVED.includes(column));
      if (reserved.length > 0)
        report(
          at('cube', 'dimensions'),
          `${reserved.join(', ')} is the name of a parameter; rename the column`,
        );
    }
    const onlyFigures = metrics && Object.values(metrics).every(({ value }) => value !== undefined);
    if (suppress && suppress.count === undefined && onlyFigures)
      report(at('suppress'), 'give the count column, as no metric has one');
  }
  return problems;
}

function isScheme(name: string): boolean {
  return SCHEMES.some((scheme) => scheme.name.toLowerCase() === name.toLowerCase());
}

/** Region sets above one, nearest first; stops where it meets a set again. */
export function ancestors(maps: Pick<References, 'regions'>, id: string): string[] {
  const found: string[] = [];
  for (
    let set = maps.regions[id]?.parent?.set;
    set !== undefined && !found.includes(set);
    set = maps.regions[set]?.parent?.set
  ) {
    found.push(set);
  }
  return found;
}
