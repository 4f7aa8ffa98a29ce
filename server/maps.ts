import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError } from './config.ts';

/** `maps.yaml`: what SQL cannot say. Names of relations are `schema.name`, or `name` in schema public. */
const name = z.string({ error: 'a name' }).min(1, 'a name');
/** Ids stand in URLs. */
const id = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/i, 'letters, digits, - and _ only');
const relation = name
  .regex(/^[^.]+(\.[^.]+)?$/, 'schema.name or name')
  .transform((text) => (text.includes('.') ? text : `public.${text}`));

const region = z.strictObject({
  table: relation,
  geometry: name.optional(),
  code: name,
  name: name,
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
    digits: z.int('a whole number').min(0).max(10).optional(),
  })
  .refine(
    (m) => [m.sum, m.ratio, m.value].filter((part) => part !== undefined).length === 1,
    'exactly one of sum, ratio, value',
  );

const choropleth = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  regions: id,
  cube: z.strictObject({
    view: relation,
    region: name,
    dimensions: z.array(name).default([]),
    time: name.optional(),
    refresh: z.string().optional(),
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
  suppress: z.strictObject({ below: z.number().positive('a positive number') }).optional(),
});

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

const layer = z.strictObject({
  table: relation,
  geometry: name.optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  minzoom: z.int().min(0).max(24).optional(),
  maxzoom: z.int().min(0).max(24).optional(),
  pyramid: pyramid.optional(),
});

const schema = z.strictObject({
  regions: z.record(id, region).default({}),
  choropleths: z.record(id, choropleth).default({}),
  layers: z.record(id, layer).default({}),
});

export type Maps = z.output<typeof schema>;
export type RegionConfig = z.output<typeof region>;
export type ChoroplethConfig = z.output<typeof choropleth>;
export type MetricConfig = z.output<typeof metric>;
export type LayerConfig = z.output<typeof layer>;
export type PyramidConfig = z.output<typeof pyramid>;

/**
 * Parses the text of a `maps.yaml`.
 * @throws ConfigError with every error at once, each with its path in the file.
 */
export function readMaps(text: string, file = 'maps.yaml'): Maps {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map((error) => `${file}: ${error.message.split('\n')[0]}`));
  }
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => `${file}: ${describeIssue(issue)}`));
  const problems = crossReferences(parsed.data);
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${file}: ${problem}`));
  return parsed.data;
}

/** The maps of a file; a missing file means none, as layers are served without any. */
export function loadMaps(file: string): Maps {
  return existsSync(file) ? readMaps(readFileSync(file, 'utf8'), file) : readMaps('');
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.') || '(top level)';
  if (issue.code === 'unrecognized_keys') return `${path}: unknown key ${issue.keys.join(', ')}`;
  // The sentence of a wrong type is zod's own and complete; ours continue "must be".
  return issue.message.startsWith('Invalid')
    ? `${path}: ${issue.message}`
    : `${path} must be ${issue.message}`;
}

/** What one part says of another: sets, parents and metrics must exist, and parents must not go round. */
function crossReferences(maps: Maps): string[] {
  const problems: string[] = [];
  for (const [id, set] of Object.entries(maps.regions)) {
    const parent = set.parent?.set;
    if (parent !== undefined && !maps.regions[parent])
      problems.push(`regions.${id}.parent.set: there is no region set ${parent}`);
    else if (ancestors(maps, id).includes(id))
      problems.push(`regions.${id}.parent: the parents go round in a circle`);
  }
  for (const [id, map] of Object.entries(maps.choropleths)) {
    if (!maps.regions[map.regions])
      problems.push(`choropleths.${id}.regions: there is no region set ${map.regions}`);
    const metric = map.classify.metric;
    if (metric !== undefined && !map.metrics[metric])
      problems.push(`choropleths.${id}.classify.metric: there is no metric ${metric}`);
    const { time, dimensions } = map.cube;
    if (time !== undefined && !dimensions.includes(time))
      problems.push(`choropleths.${id}.cube.time: ${time} is not one of its dimensions`);
  }
  return problems;
}

/** Region sets above one, nearest first; stops where it meets a set again. */
export function ancestors(maps: Pick<Maps, 'regions'>, id: string): string[] {
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
