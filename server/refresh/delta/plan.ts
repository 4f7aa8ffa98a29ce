import { createHash } from 'node:crypto';
import type { RefreshedChoropleth, RefreshMaps } from '../spec.ts';
import type { DeltaSpec } from './spec.ts';

export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** A column of the cube and the SQL expression over a base row that it is made of. */
export interface DeltaColumn {
  readonly column: string;
  readonly expression: string;
}

/** All that is needed to keep one cube by deltas; made of `maps.yaml` alone. */
export interface DeltaPlan {
  /** Ids of the choropleths that show the cube. */
  readonly choropleths: readonly string[];
  /** `schema.name` of the cube, under which its generation is kept. */
  readonly id: string;
  readonly cube: Relation;
  readonly base: Relation;
  readonly keys: readonly DeltaColumn[];
  readonly sums: readonly DeltaColumn[];
  /** The summed column that counts rows. */
  readonly count: string;
  /** Name, in schema `chorograph`, of the queue and of the trigger function; triggers begin with it too. */
  readonly object: string;
  /** Changes whenever the queue and the triggers would have to be made anew. */
  readonly fingerprint: string;
  readonly everyMs: number;
  /** Cron expression of the full recompute. */
  readonly recompute: string;
}

type Choropleths = Pick<RefreshMaps, 'choropleths'>;

/** The plans of every cube that is kept by deltas, each once, in the order of `maps.yaml`. */
export function deltaPlans({ choropleths }: Choropleths): DeltaPlan[] {
  const plans = new Map<string, DeltaPlan>();
  for (const [id, { cube }] of Object.entries(choropleths)) {
    const spec = cube.refresh?.delta;
    if (!spec) continue;
    const known = plans.get(cube.view)?.choropleths ?? [];
    plans.set(cube.view, deltaPlan(cube.view, spec, [...known, id]));
  }
  return [...plans.values()];
}

/** The plan of one cube, `schema.name`. */
export function deltaPlan(view: string, spec: DeltaSpec, choropleths: readonly string[] = []): DeltaPlan {
  const keys = toColumns(spec.group);
  const sums = toColumns(spec.sums);
  const count = sums.find(({ expression }) => expression === '1');
  if (!count) throw new Error('a plan needs a count of rows');
  return {
    choropleths,
    id: view,
    cube: toRelation(view),
    base: toRelation(spec.from),
    keys,
    sums,
    count: count.column,
    object: objectName(view),
    fingerprint: digest(JSON.stringify([view, spec.from, keys, sums])),
    everyMs: spec.every,
    recompute: spec.recompute,
  };
}

/** What a cube with deltas says that does not fit the rest of its choropleth, for `maps.yaml`'s check. */
export function deltaProblems({ choropleths }: Choropleths): string[] {
  return Object.entries(choropleths).flatMap(([id, config]) => {
    const spec = config.cube.refresh?.delta;
    if (!spec) return [];
    const problems = columnProblems(config, spec);
    if (spec.from === config.cube.view) problems.push('from is the cube itself');
    return problems.map((problem) => `choropleths.${id}.cube.refresh.delta: ${problem}`);
  });
}

function columnProblems({ cube, metrics }: RefreshedChoropleth, spec: DeltaSpec): string[] {
  const problems: string[] = [];
  const both = Object.keys(spec.group).filter((column) => column in spec.sums);
  if (both.length > 0) problems.push(`${both.join(', ')} stands in group and in sums`);
  const dimensions = cube.dimensions.map((dimension) => dimension.column);
  const keys = [cube.region, ...dimensions].filter((column) => !(column in spec.group));
  if (keys.length > 0) problems.push(`group has no ${keys.join(', ')}`);
  for (const [id, { sum, ratio, value }] of Object.entries(metrics)) {
    if (value !== undefined) problems.push(`metric ${id} is a published value, which no delta can keep`);
    const absent = [sum, ...(ratio ?? [])].filter((column) => column !== undefined && !(column in spec.sums));
    if (absent.length > 0) problems.push(`sums has no ${absent.join(', ')} for metric ${id}`);
  }
  return problems;
}

function toColumns(expressions: Readonly<Record<string, string>>): DeltaColumn[] {
  return Object.entries(expressions).map(([column, expression]) => ({ column, expression }));
}

/** Only the table may have dots in its name: whose schema has one cannot have deltas (docs/delta.md). */
function toRelation(text: string): Relation {
  const dot = text.indexOf('.');
  return { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}

/**
 * A name that a person recognises. PostgreSQL cuts identifiers at 63 bytes and triggers get an ending, so
 * what is long, odd or of another schema is cut, and told apart by a digest.
 */
function objectName(view: string): string {
  const { schema, name } = toRelation(view);
  if (schema === 'public' && /^[a-z0-9_]{1,37}$/.test(name)) return `delta_${name}`;
  const words = `${schema}_${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  return `delta_${words.slice(0, 30)}_${digest(view).slice(0, 6)}`;
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
