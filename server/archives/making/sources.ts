import { relationName, type TableLayer } from '../../catalog/types.ts';
import {
  Answers,
  choroplethParams,
  choroplethRows,
  choroplethTileJson,
  readChoroplethRequest,
} from '../../choropleth/public.ts';
import type { TileJson } from '../../http/answers/tile.ts';
import { PUBLIC, type Sight } from '../../sight/sight.ts';
import { planLayers, tileJson, type LayerPlan, type RowsOfMoment } from '../../tiles/public.ts';
import { hidingOf, type About } from '../about.ts';
import type { MakingContext } from '../context.ts';
import { AskedMaker } from './asked-maker.ts';
import { DataChanged, type Maker } from './outcome.ts';
import { RowsMaker, startThreads } from './rows-maker.ts';

/** What tiles are wanted of. */
export interface Wanted {
  readonly kind: 'layer' | 'choropleth';
  readonly id: string;
  /** Parameters and filters as in the URL of a tile. */
  readonly query: Readonly<Record<string, string>>;
}

/** What an archive is made of, as of one generation. */
export interface Source {
  readonly tileJson: TileJson;
  readonly about: About;
  /** What it is of and as of when, as JSON has it. */
  readonly provenance: object;
  /** Undefined where nothing tells that the data changed. */
  readonly identity: string | undefined;
  readonly makerAt: (z: number) => Maker;
  readonly close: () => Promise<void>;
}

export interface SourceOptions {
  readonly zooms: readonly [from: number, to: number];
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Whoever has the command line may see everything but what is nobody's, and what each role of the database sees other rows of. */
const OPERATOR: Sight = {
  ...PUBLIC,
  sees: (access) => access !== 'role' && access !== 'nobody',
  ofRows: { sees: (access) => access !== 'role' && access !== 'nobody' },
};

/** @throws AppError as a request of such tiles; Error where no archive can be made of them */
export function openSource(ctx: MakingContext, wanted: Wanted, options: SourceOptions): Promise<Source> {
  return wanted.kind === 'layer' ? ofLayer(ctx, wanted, options) : ofChoropleth(ctx, wanted, options);
}

async function ofChoropleth(
  ctx: MakingContext,
  { id, query }: Wanted,
  { threads, zooms }: SourceOptions,
): Promise<Source> {
  const names = Object.keys(choroplethParams.shape);
  const split = (known: boolean): Record<string, string> =>
    Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name) === known));
  const choropleth = ctx.choropleths.get(id, OPERATOR);
  const known = choroplethParams.safeParse(split(true));
  if (!known.success)
    throw new Error(
      known.error.issues.map(({ path, message }) => `${path.join('.')} must be ${message}`).join('; '),
    );
  const request = readChoroplethRequest(choropleth, known.data, split(false));
  startThreads(threads);
  const answer = await new Answers(ctx).get(request);
  const maker = new RowsMaker(choroplethRows(answer, ctx.config.tile), threads, zooms[1]);
  const { version, parameters, versioned } = answer;
  return {
    tileJson: choroplethTileJson(answer, ''),
    about: { choropleth: id, hiding: hidingOf(choropleth) },
    provenance: { parameters, version },
    identity: versioned ? JSON.stringify(['choropleth', id, version, parameters]) : undefined,
    makerAt: () => maker,
    close: () => maker.close(),
  };
}

async function ofLayer(ctx: MakingContext, { id, query }: Wanted, options: SourceOptions): Promise<Source> {
  const layer = tableLayer(ctx, id);
  const { columns: names, ...rest } = query;
  const asked = { columns: names?.split(','), query: rest, sight: OPERATOR };
  const document = await tileJson(ctx, [layer.id], '', asked);
  const token = ctx.generations.of(relationName(layer));
  const plans = Array.from({ length: options.zooms[1] + 1 }, (_, z) => {
    const [plan] = planLayers(ctx, [layer], { ...asked, coord: { z, x: 0, y: 0 } });
    if (!plan) throw new Error('one layer has one plan');
    return plan;
  });
  const rows = await rowsOf(plans, Math.max(options.zooms[0], document.minzoom));
  const isAsked = rows.includes(undefined);
  const versioned = plans.every((plan) => plan.versioned);
  if (!versioned && isAsked) throw new Error(untold(id));
  const makers = makersOf(ctx, { layer, plans, rows }, options);
  const loaded = rows.map((one) => one?.token ?? null);
  return {
    tileJson: document,
    about: { layer: layer.id, columns: asked.columns ?? layer.columns.map(({ name }) => name) },
    provenance: { parameters: query, version: token },
    identity: versioned ? JSON.stringify(['layer', id, plans.map(({ key }) => key), loaded]) : undefined,
    makerAt: makers.at,
    close: async () => {
      await makers.close();
      if (!isAsked) return; // what was read at once is of one moment
      await ctx.generations.poll();
      if (ctx.generations.of(relationName(layer)) !== token) throw new DataChanged();
    },
  };
}

function tableLayer(ctx: MakingContext, id: string): TableLayer {
  if (ctx.catalog.all().some((layer) => layer.id === id && layer.access === 'role'))
    throw new Error(`each role of the database sees other rows of ${id}: no archive is of all of them`);
  return ctx.catalog.tableLayer(id, OPERATOR);
}

const untold = (id: string): string =>
  `nothing tells when ${id} changes, so its tiles could be of different moments: have what it reads tracked (select chorograph.track('…'))`;

/**
 * Of each zoom the rows that its tiles are made of, where these are in memory. Zooms that are only walked through take those of
 * a later one, if it has some: then all is of one moment.
 */
async function rowsOf(plans: readonly LayerPlan[], from: number): Promise<(RowsOfMoment | undefined)[]> {
  const byKey = new Map<string, Promise<RowsOfMoment | undefined>>();
  const found = await Promise.all(
    plans.map((plan) => {
      if (!plan.rows) return undefined;
      const rows = byKey.get(plan.key) ?? plan.rows();
      byKey.set(plan.key, rows);
      return rows;
    }),
  );
  const any = found.find((rows) => rows !== undefined);
  return found.map((rows, z) => rows ?? (z < from ? any : undefined));
}

interface LayerParts {
  readonly layer: TableLayer;
  readonly plans: readonly LayerPlan[];
  readonly rows: readonly (RowsOfMoment | undefined)[];
}

function makersOf(
  ctx: MakingContext,
  { layer, plans, rows }: LayerParts,
  { threads, zooms, signal }: SourceOptions,
) {
  const byRows = new Map<RowsOfMoment, RowsMaker>();
  const connections = ctx.config.pool.size;
  const asked = new AskedMaker(ctx, layer, plans, { connections, signal });
  return {
    at: (z: number): Maker => {
      const found = rows[z];
      if (!found) return asked;
      const known = byRows.get(found) ?? new RowsMaker(found.rows, threads, zooms[1]);
      byRows.set(found, known);
      return known;
    },
    close: async (): Promise<void> => {
      for (const maker of byRows.values()) await maker.close();
    },
  };
}
