import { AppError } from '../errors.ts';
import { sqlFile } from '../db/files.ts';
import { sql } from '../db/sql.ts';
import { sqlState } from '../db/sqlstate.ts';
import type { Database, Queryable } from '../db/types.ts';
import { short, type Data, type Dependencies, type Epoch, type RelationState } from './tokens.ts';

/** All that tokens are made of, as of one moment. */
export interface World {
  readonly epoch: Epoch;
  readonly states: ReadonlyMap<string, RelationState>;
  readonly views: ReadonlyMap<string, Dependencies>;
  /** Of each relation that layers and cubes may be made of: what the catalogue reads of it. */
  readonly layouts: ReadonlyMap<string, Layout>;
  /** Whether generations can be read; without our schema, or rights on it, counters are all there is. */
  readonly readable: boolean;
  /** What `views` was read by: unchanged, it need not be read again. */
  readonly structure: string;
}

export interface Layout {
  readonly about: string;
  /** It has a geometry column. */
  readonly isSpatial: boolean;
}

interface EpochRow {
  base: string;
  counters: string;
  functions: string;
  readable: boolean;
  writable: boolean;
}

interface StateRow extends Omit<RelationState, 'data' | 'lost'>, Layout {
  /** `pg_class.xmin` */
  version: string;
}

interface TrackingRow extends Data {
  relation: string;
  seen: string | null;
  lost: string | null;
  partial: boolean;
}

/** Codes of what the role may not read. */
const NOT_ALLOWED = '42501';
/** Some hosts keep what tells clusters apart to themselves. */
const withoutCluster = new WeakSet<Database>();

/** Reads what every relation is at, in one snapshot; of `before` what cannot have changed since. */
export async function readWorld(db: Database, before: World | undefined): Promise<World> {
  const cluster = await readCluster(db);
  const read = await db.transaction((tx) => readSnapshot(tx, cluster, before), { snapshot: true });
  // What a prepared transaction left, and what was told: added up, so that it does not pile up.
  if (read.folds) await db.run(sql`select chorograph.fold()`).catch(() => {});
  return read.world;
}

/** What every relation is at, as a transaction sees it. */
export async function readRelations(tx: Queryable): Promise<World> {
  return (await readSnapshot(tx, '', undefined)).world;
}

async function readSnapshot(
  tx: Queryable,
  cluster: string,
  before: World | undefined,
): Promise<{ world: World; folds: boolean }> {
  const [first] = await tx.run<EpochRow>(sqlFile('catalog/epoch.sql'));
  if (!first) throw new AppError('internal', { detail: 'the epoch has one row' });
  const { base, counters, functions, readable, writable } = first;
  const tracking = readable ? await tx.run<TrackingRow>(sqlFile('catalog/tracking.sql')) : [];
  const [own] = readable
    ? await tx.run<{ id: string; touched: boolean }>(
        sql`select id::text, exists (select from chorograph.touch) as touched from chorograph.epoch`,
      )
    : [];
  const rows = await tx.run<StateRow>(sqlFile('catalog/states.sql'));
  const structure = short(JSON.stringify([functions, await partsOf(tx), ...rows.map(bearing)]));
  const views = structure === before?.structure ? before.views : await readViews(tx);
  const generations = new Map(tracking.map((row) => [row.relation, row]));
  const world: World = {
    epoch: { base: `${cluster} ${base} ${own?.id ?? ''}`, counters },
    states: new Map(rows.map((row) => [row.relation, toState(row, generations.get(row.relation))])),
    views,
    layouts: new Map(rows.map(({ relation, about, isSpatial }) => [relation, { about, isSpatial }])),
    readable,
    structure,
  };
  return { world: withOthers(world, tracking), folds: writable && own?.touched === true };
}

/** What of a relation views depend on: their own rules, and of what they read the name that it has now. */
function bearing({ relation, kind, about, identity }: StateRow): string {
  return kind === 'v' ? `${relation} ${about}` : `${relation} ${identity.slice(0, identity.indexOf('.'))}`;
}

/** Partitions come and go without any sign at the views that read their parent. */
async function partsOf(tx: Queryable): Promise<string> {
  const [row] = await tx.run<{ parts: string | null }>(
    sql`select count(*) || '-' || sum(xmin::text::int8) as parts from pg_inherits`,
  );
  return row?.parts ?? '';
}

async function readViews(tx: Queryable): Promise<ReadonlyMap<string, Dependencies>> {
  const rows = await tx.run<Dependencies & { view: string }>(sqlFile('catalog/dependencies.sql'));
  return new Map(rows.map(({ view, ...dependencies }) => [view, dependencies]));
}

function toState(row: StateRow, tracking: TrackingRow | undefined): RelationState {
  const { relation, quoted, kind, shape, counted, isUnlogged, isSecured, version } = row;
  // A materialized view that was refreshed without a word.
  const unseen = kind === 'm' && tracking !== undefined && tracking.seen !== version ? `.${version}` : '';
  return {
    relation,
    quoted,
    kind,
    identity: row.identity + unseen,
    shape,
    counted,
    isUnlogged,
    isSecured,
    data: tracking && dataOf(tracking),
    lost: tracking?.lost ?? undefined,
    ...(tracking?.partial ? { isPartial: true } : {}),
  };
}

/** Things of ours that have a generation and are no relation of the database, such as pyramids. */
function withOthers(world: World, tracking: readonly TrackingRow[]): World {
  const states = new Map(world.states);
  for (const row of tracking) {
    if (states.has(row.relation)) continue;
    states.set(row.relation, {
      relation: row.relation,
      quoted: '0',
      kind: 'r',
      identity: '',
      shape: '',
      counted: null,
      isUnlogged: false,
      data: dataOf(row),
      lost: undefined,
    });
  }
  return { ...world, states };
}

function dataOf({ generation, changes, changedAt }: TrackingRow): Data {
  return { generation, changes, changedAt };
}

async function readCluster(db: Database): Promise<string> {
  if (db.kind === 'embedded' || withoutCluster.has(db)) return '';
  try {
    const [row] = await db.run<{ cluster: string }>(sqlFile('catalog/cluster.sql'));
    return row?.cluster ?? '';
  } catch (error) {
    if (!(error instanceof AppError) || sqlState(error.cause) !== NOT_ALLOWED) throw error;
    withoutCluster.add(db);
    return '';
  }
}
