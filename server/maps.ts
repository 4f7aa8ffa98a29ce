import { existsSync, readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { capabilities } from './capabilities.ts';
import type { MapsPart, Problem, Slot } from './capability.ts';
import { didYouMean } from './nearest.ts';
import { METHODS } from './choropleth/classify/types.ts';
import { SCHEMES } from './choropleth/color/schemes.ts';
import { ConfigError } from './config.ts';
import { deltaProblems } from './refresh/delta/plan.ts';
import { deltaSpec } from './refresh/delta/spec.ts';
import { refreshSpec } from './refresh/spec.ts';
import { scheduleConflicts } from './refresh/targets.ts';

const DIGITS = 'a whole number from -12 to 10';
const ZOOM = 'a whole number from 0 to 24';

/** `maps.yaml`: what SQL cannot say. Names of relations are `schema.name`, or `name` in schema public. */
const name = z.string({ error: 'a name' }).min(1, 'a name');
/** Parameters of choropleths (`choroplethParams`, and those of its forms): a dimension is filtered by its own name. */
const RESERVED = [
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
  ...['scheme', 'reverse', 'center', 'cvd', 'theme', 'level', 'parent', 'g', 'zoom', 'precision'],
  ...['locale', 'scale', 'histogram', 'width', 'height', 'bbox', 'projection', 'bare', 'sort', 'order'],
  ...['vars', 'dim', 'schemes', 'permutations', 'seed', 'smooth', 'alpha'],
];
/** Ids stand in URLs. */
const id = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/i, 'letters, digits, - and _ only');
/** A part of a relation's name that has a dot or a quote in it stands in quotes, doubled within, as in SQL. */
const PART = String.raw`"(?:[^"]|"")+"|[^".]+`;
const RELATION = new RegExp(`^(?:(${PART})\\.)?(${PART})$`);
const relation = name.transform((text, issues) => {
  const [, schema = 'public', table = ''] = RELATION.exec(text) ?? [];
  const plain = (part: string): string =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
  if (table !== '') return `${plain(schema)}.${plain(table)}`;
  issues.addIssue('schema.name or name, a part with a dot in double quotes');
  return z.NEVER;
});

/** A cube is refreshed as any view is, or kept by deltas. */
const cubeRefresh = z.preprocess(
  (value) => (typeof value === 'string' ? { cron: value } : value),
  refreshSpec.out
    .extend({ delta: deltaSpec(relation).optional() })
    .refine(
      (spec) => spec.delta === undefined || Object.keys(spec).length === 1,
      'either delta or a schedule, not both',
    ),
);

/** What people read. */
const caption = z.string({ error: 'a text' }).min(1, 'a text');

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

/** What capabilities add. */
const parts: readonly MapsPart[] = capabilities.flatMap(({ maps }) => maps ?? []);
/** Each capability knows the types of what it adds; here they are none of anybody's business. */
const added = (slot: Slot): Record<never, z.ZodType> =>
  Object.assign({}, ...parts.map(({ adds }) => adds?.[slot]));

const choropleth = z.strictObject({
  ...added('choropleth'),
  title: z.string().optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  attribution: caption.optional(),
  regions: id,
  cube: z.strictObject({
    ...added('cube'),
    view: relation,
    region: name,
    dimensions: z.array(dimension).default([]),
    time: name.optional(),
    refresh: cubeRefresh.optional(),
  }),
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

const zoom = z.int(ZOOM).min(0, ZOOM).max(24, ZOOM);
const pyramid = z.strictObject({
  below: z
    .int('a whole number from 1 to 18')
    .min(1, 'a whole number from 1 to 18')
    .max(18, 'a whole number from 1 to 18'),
  sum: z
    .array(name)
    .max(8, 'at most 8 columns')
    .refine((columns) => new Set(columns).size === columns.length, 'different columns')
    .default([]),
  countBy: name.optional(),
});

const layer = z
  .strictObject({
    ...added('layer'),
    table: relation.optional(),
    function: relation.optional(),
    geometry: name.optional(),
    /** Publishes a function that is declared VOLATILE; it cannot write all the same. */
    volatile: z.boolean().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    attribution: caption.optional(),
    minzoom: zoom.optional(),
    maxzoom: zoom.optional(),
    pyramid: pyramid.optional(),
  })
  .refine(
    (one) => (one.table === undefined) !== (one.function === undefined),
    'of either a table or a function',
  )
  .refine(
    (one) => one.function === undefined || (one.geometry ?? one.pyramid) === undefined,
    'without geometry and pyramid where it is of a function',
  )
  .refine(
    (one) => one.table === undefined || one.volatile === undefined,
    'without volatile where it is of a table',
  )
  .refine(({ minzoom = 0, maxzoom = 24 }) => minzoom <= maxzoom, 'with minzoom up to maxzoom');

const schema = z.strictObject({
  ...(Object.assign({}, ...parts.map(({ sections }) => sections)) as Record<never, z.ZodType>),
  regions: z.record(id, region).default({}),
  choropleths: z.record(id, choropleth).default({}),
  layers: z.record(id, layer).default({}),
  /** Schedules of materialized views that are no choropleth's cube. */
  refresh: z.record(relation, refreshSpec).default({}),
});

export type Maps = z.output<typeof schema>;
export type RegionConfig = z.output<typeof region>;
export type ChoroplethConfig = z.output<typeof choropleth>;
export type MetricConfig = z.output<typeof metric>;
export type LayerConfig = z.output<typeof layer>;
export type PyramidConfig = z.output<typeof pyramid>;

/**
 * Parses the text of a `maps.yaml`.
 * @throws ConfigError with every error at once, each with its line and its path in the file.
 */
export function readMaps(text: string, file = 'maps.yaml'): Maps {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(
        ({ linePos, message }) => `${file}:${linePos?.[0].line ?? 1}: ${message.split(' at line ')[0]}`,
      ),
    );
  }
  const raw: unknown = document.toJS() ?? {};
  const parsed = schema.safeParse(raw);
  const problems: Problem[] = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(describeIssue)),
    ...crossReferences(parsed.success ? parsed.data : readLeniently(raw)),
    ...(parsed.success ? refreshProblems(parsed.data) : []),
    ...(parsed.success ? parts.flatMap(({ check }) => check?.(parsed.data as never) ?? []) : []),
  ];
  if (parsed.success && problems.length === 0) {
    locators.set(parsed.data, (path) => `${file}:${lineOf(document, lines, path)}`);
    return parsed.data;
  }
  throw new ConfigError(
    problems
      .map(({ path, text: problem }) => ({
        line: lineOf(document, lines, path),
        text: `${path.join('.') || '(top level)'}${problem}`,
      }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, text: problem }) => `${file}:${line}: ${problem}`),
  );
}

const locators = new WeakMap<Maps, (path: readonly PropertyKey[]) => string>();

/** The same entries in another object: they stand where they stood. */
export function placedLike(from: Maps, to: Maps): Maps {
  const locator = locators.get(from);
  if (locator) locators.set(to, locator);
  return to;
}

/** Where in its file something stands that maps say: `maps.yaml:12`. */
export function located(maps: Maps, path: readonly PropertyKey[]): string {
  return locators.get(maps)?.(path) ?? 'maps.yaml';
}

/** The line of the key that a path ends in, or of the nearest one above it that is there. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const node = isMap(parent)
      ? parent.items.map(({ key }) => key).find((key) => isScalar(key) && key.value === last)
      : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

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
    choropleths: all('choropleths', choropleth.shape),
  };
}

/** The maps of a file; a missing file means none, as layers are served without any. */
export function loadMaps(file: string): Maps {
  return existsSync(file) ? readMaps(readFileSync(file, 'utf8'), file) : readMaps('');
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: `: there is no such key${didYouMean(key, keysAt(path))}`,
    }));
  // The sentence of a wrong type is zod's own and complete; ours continue "must be".
  return [{ path, text: `${issue.message.startsWith('Invalid') ? ':' : ' must be'} ${issue.message}` }];
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The keys that may stand at a place of the file. */
function keysAt(path: readonly PropertyKey[]): string[] {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const at = path.reduce<JsonSchema | undefined>((outer, key) => {
    const entries = outer?.additionalProperties;
    return outer?.properties?.[String(key)] ?? (typeof entries === 'object' ? entries : undefined);
  }, whole);
  return Object.keys(at?.properties ?? {});
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

/** Schedules and deltas say where they stand themselves: `path: what is wrong`. */
function refreshProblems(maps: Maps): Problem[] {
  return [...scheduleConflicts(maps), ...deltaProblems(maps)].map((problem) => {
    const [path = ''] = problem.split(': ', 1);
    return { path: path.split('.'), text: problem.slice(path.length) };
  });
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
