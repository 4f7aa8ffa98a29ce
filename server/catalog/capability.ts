import type { Capability, Check, Starting } from '../capability.ts';
import type { Database } from '../db/types.ts';
import { tells, type GroundEvent, type Handlers, type Observe } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { Catalog, type CatalogEvent, type CatalogMaps } from './catalog.ts';
import { RowFaults, type FaultEvent } from './faults.ts';
import { layerMaps } from './maps.ts';
import { catalogSettings, type CatalogConfig } from './settings.ts';

type GenerationEvent = Extract<GroundEvent, { type: 'generation.changed' }>;

interface CatalogNeeds {
  readonly config: CatalogConfig & { readonly pool: { readonly size: number } };
  readonly maps: CatalogMaps;
  readonly db: Database;
  readonly observe: Observe<CatalogEvent | FaultEvent>;
}

interface CatalogContext extends CatalogNeeds {
  readonly catalog: Catalog;
  readonly faults: RowFaults;
  readonly generations: { poll(): Promise<void> };
}

/** What the database has to show, and when it changed. Those before it in the list prepare without knowing. */
export const catalog = {
  name: 'catalog',
  migrations: ['0035_catalog_news'],
  settings: catalogSettings,
  maps: layerMaps,
  events: tells<CatalogEvent | FaultEvent>({ 'catalog.loaded': 'info', 'layer.rows_left_out': 'warn' }),

  services: ({
    db,
    maps,
    config,
    observe,
  }: CatalogNeeds): { readonly catalog: Catalog; readonly faults: RowFaults } => {
    const { schemas, defaultSrid, pool } = config;
    // Half of the connections: requests come meanwhile.
    const parallel = Math.max(1, Math.min(4, Math.floor(pool.size / 2)));
    return {
      catalog: new Catalog(db, maps, { schemas, defaultSrid, parallel }, observe),
      faults: new RowFaults(db, observe),
    };
  },

  metrics: (
    instruments: Instruments,
    { catalog }: CatalogContext,
  ): Handlers<CatalogEvent | GenerationEvent> => {
    const loads = instruments.counter('catalog_loads_total', 'Discoveries that found a change');
    const changes = instruments.counter('generation_changes_total', 'Changes of data that were noticed');
    const lag = instruments.histogram(
      'generation_lag_seconds',
      'Time from a change to this process knowing it',
      [],
    );
    instruments.gauge(
      'catalog_layers',
      'Layers of the catalogue',
      () => {
        const broken = catalog.all().filter((layer) => layer.problem).length;
        return [
          ['servable', catalog.all().length - broken],
          ['refused', broken],
        ];
      },
      'max',
    );
    return {
      'catalog.loaded': () => loads.inc(),
      'generation.changed': ({ lagMs }) => {
        changes.inc();
        if (lagMs !== undefined) lag.observe(lagMs / 1000);
      },
    };
  },

  checks: { rows: rowsCheck },

  epoch: ({ catalog }: CatalogContext): number => catalog.version,

  prepare: async ({ generations, catalog }: CatalogContext, { step }: Starting): Promise<void> => {
    step('reading the catalogue');
    await generations.poll();
    await catalog.reload();
  },
} satisfies Capability;

/** Rows that layers do not show. The others are served, so that is no state of the server. */
function rowsCheck({ catalog, faults }: CatalogContext): Check {
  const leftOut = catalog.all().flatMap((layer) => {
    const found = layer.type === 'table' ? faults.of(layer) : undefined;
    return found && found.count > 0 ? [[layer.id, found] as const] : [];
  });
  return { status: 'ok', leftOut: Object.fromEntries(leftOut) };
}
