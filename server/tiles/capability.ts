import { optimizeCommand } from './commands/optimize-command.ts';
import { warmCommand } from './commands/warm-command.ts';
import type { Capability, Starting } from '../capability.ts';
import type { RowFaults } from '../catalog/faults.ts';
import { relationName } from '../catalog/types.ts';
import type { Database } from '../db/types.ts';
import type { AutoBuilder } from '../engine/auto/builder.ts';
import { offerOverviews } from '../engine/overviews/auto.ts';
import { MemoryLayers } from '../engine/memory/layers.ts';
import type { MemoryEvent } from '../engine/memory/memory-layer.ts';
import type { Snapshots } from '../engine/snapshots/snapshots.ts';
import type { Route } from '../http/routes.ts';
import { choroplethName } from '../sight/access.ts';
import { tells, type Handlers, type Observe, type TileEvent } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { Published } from '../generations/changes.ts';
import type { Generations } from '../generations/generations.ts';
import type { TilesContext } from './context.ts';
import { snapshotsOf } from './loading/disk.ts';
import { StartLoading, type LoadingConfig } from './loading/start-loading.ts';
import { tileRoutes } from './routes.ts';
import { layerVersion } from './version.ts';
import { tilesSettings, type TilesConfig } from './settings.ts';

/** Tables come and go; a label of a layer that is gone stays, so there is an end to how many there are. */
const MOST_LAYERS = 500;

interface TilesNeeds {
  readonly config: TilesConfig & LoadingConfig;
  readonly db: Database;
  readonly generations: Generations;
  readonly observe: Observe<MemoryEvent>;
  readonly faults: RowFaults;
}

interface TilesServices {
  readonly memory: MemoryLayers;
  /** Where none is kept, undefined. */
  readonly snapshots: Snapshots | undefined;
  readonly startLoading: StartLoading;
}

interface Guarded {
  readonly choropleths: { isPublic(id: string): boolean };
}

interface MapsThatChange {
  readonly changes: { schedule(): void };
  readonly liveMaps: { onChange(handler: () => void): void };
}

/** Tiles of layers, and their TileJSON. */
export const tiles = {
  name: 'tiles',
  settings: tilesSettings,
  events: tells<MemoryEvent>({ 'layer.loaded': 'info', 'layer.read_by_pool': 'warn' }),
  migrations: ['0030_overviews', '0065_merged_overviews', '0067_following_copies'],

  services: ({ config, db, generations, observe, faults }: TilesNeeds): TilesServices => {
    const { memoryVertices: maxVertices, memoryWaitMs: patienceMs, cutBytes, tile } = config;
    const { buffer } = tile;
    const snapshots = snapshotsOf(config, db, generations);
    const options = { maxVertices, buffer, cutBytes, patienceMs, snapshots };
    const memory = new MemoryLayers(db, options, observe, generations, faults);
    return { memory, snapshots, startLoading: new StartLoading(config, memory) };
  },

  metrics: (
    instruments: Instruments,
    { memory, startLoading, catalog, choropleths }: TilesContext & TilesServices & Guarded,
  ): Handlers<TileEvent | MemoryEvent> => {
    const served = instruments.tally('tiles_total', 'Tiles answered, by where they came from', [
      'layer',
      'cache',
    ]);
    startLoading.countedBy(served.counter);
    const seconds = instruments.times(
      'tile_make_duration_seconds',
      'Time to make one layer of a tile',
      'engine',
    );
    const loads = instruments.counter('layer_loads_total', 'Layers read into memory', ['from']);
    instruments.gauge('memory_layer_vertices', 'Vertices of the layers in memory', () => memory.vertices);
    const label = layerLabels((name) => isPublic({ catalog, choropleths }, name));
    return {
      'tile.served': ({ layers, cache }) => served.add(label(layers), cache),
      'tile.made': ({ engine, ms }) => seconds.observe(engine, ms / 1000),
      'layer.loaded': ({ from }) => loads.inc({ from }),
    };
  },

  routes: (ctx: TilesContext): Route[] => tileRoutes(ctx),

  *published(ctx: TilesContext): Generator<Published> {
    const { catalog, generations } = ctx;
    for (const layer of catalog.all()) {
      if (layer.problem || layer.type !== 'table') continue;
      const generation = generations.of(relationName(layer));
      const refreshedAt = generations.changedAt(relationName(layer)) ?? null;
      const { id, access } = layer;
      yield { kind: 'layer', id, version: layerVersion(ctx, layer), generation, refreshedAt, access };
    }
  },

  resolve: (ctx: TilesContext & TilesServices & { readonly auto: AutoBuilder }): void => offerOverviews(ctx),

  /** Those after it in the list settle without waiting for what takes long. */
  settle: async (
    { startLoading, snapshots, memory, ...ctx }: TilesContext & TilesServices,
    starting: Starting,
  ): Promise<void> => {
    starting.releasers.push('layers on disk', () => snapshots?.stop());
    starting.releasers.push('layers that are read', () => memory.stop());
    await startLoading.load(ctx, starting);
  },

  start: ({ catalog, changes, liveMaps, memory }: TilesContext & MapsThatChange): void => {
    catalog.onChange((kind) => kind === 'changed' && memory.clear());
    liveMaps.onChange(() => memory.clear());
    memory.onChange(() => changes.schedule());
  },
  commands: [optimizeCommand, warmCommand],
} satisfies Capability;

/** Whether everybody may know of a layer, or `choropleth/ID`: anybody may read metrics. */
function isPublic({ catalog, choropleths }: Pick<TilesContext, 'catalog'> & Guarded, name: string): boolean {
  const prefix = choroplethName('');
  return name.startsWith(prefix) ? choropleths.isPublic(name.slice(prefix.length)) : catalog.isPublic(name);
}

/** Several layers in a tile are one label, and so are those beyond the first few hundred, and all that are closed. */
function layerLabels(isOpen: (layers: string) => boolean): (layers: string) => string {
  const known = new Set<string>();
  return (layers) => {
    if (layers.includes(',')) return 'several';
    if (!known.has(layers) && !isOpen(layers)) return 'restricted';
    if (!known.has(layers) && known.size >= MOST_LAYERS) return 'other';
    known.add(layers);
    return layers;
  };
}
