import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Context } from '../context.ts';
import {
  readFreshness,
  type DeltaFreshness,
  type Freshness,
  type ViewFreshness,
} from '../refresh/freshness.ts';
import type { Event, Handlers, NamedEvent } from './events.ts';
import { Instruments } from './instruments.ts';

/** Seconds: from a small view to one that takes half an hour. */
const REFRESH_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800];
/** Tables come and go; a label of a layer that is gone stays, so there is an end to how many there are. */
const MOST_LAYERS = 500;
/** One look at the database serves all that one scrape asks for. */
const FRESHNESS_KEPT_MS = 1_000;
const NOBODY: readonly ((event: never) => void)[] = [];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

let processMetrics: Registry | undefined;

/** CPU, memory, event loop, garbage collection: one set per process, however many servers it runs. */
function ofProcess(): Registry {
  if (!processMetrics) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics;
}

/** What `GET /metrics` tells, fed by events as they happen and by looking at the server when asked. */
export class Metrics {
  readonly instruments = new Instruments();
  readonly #handlers = new Map<string, ((event: never) => void)[]>();
  readonly #layers = new Set<string>();
  readonly #requests = this.instruments.counter('http_requests_total', 'Requests answered', [
    'route',
    'method',
    'status',
  ]);
  readonly #requestSeconds = this.instruments.histogram(
    'http_request_duration_seconds',
    'Time to answer a request',
    ['route'],
  );
  readonly #failures = this.instruments.counter('request_failures_total', 'Answers with 5xx by error code', [
    'code',
  ]);
  readonly #tiles = this.instruments.counter('tiles_total', 'Tiles answered, by where they came from', [
    'layer',
    'cache',
  ]);
  readonly #tileSeconds = this.instruments.histogram(
    'tile_make_duration_seconds',
    'Time to make one layer of a tile',
    ['engine'],
  );
  readonly #catalogLoads = this.instruments.counter('catalog_loads_total', 'Discoveries that found a change');
  readonly #layerLoads = this.instruments.counter('layer_loads_total', 'Layers read into memory');
  readonly #generations = this.instruments.counter(
    'generation_changes_total',
    'Changes of data that were noticed',
  );
  readonly #lag = this.instruments.histogram(
    'generation_lag_seconds',
    'Time from a change to this process knowing it',
    [],
  );
  readonly #refreshes = this.instruments.counter(
    'refreshes_total',
    'Refreshes of materialized views, by how they went',
    ['view', 'outcome'],
  );
  readonly #refreshSeconds = this.instruments.histogram(
    'refresh_duration_seconds',
    'Time of refreshes that succeeded',
    ['view'],
    REFRESH_BUCKETS,
  );
  readonly #folded = this.instruments.counter('delta_rows_total', 'Changed rows folded into delta cubes', [
    'cube',
  ]);
  readonly #deltaProblems = this.instruments.counter(
    'delta_problems_total',
    'Folds that failed, and cubes that had drifted',
    ['cube', 'problem'],
  );
  readonly #pyramids = this.instruments.counter('pyramid_builds_total', 'Builds of point pyramids', [
    'layer',
    'outcome',
  ]);
  readonly #restarts = this.instruments.counter(
    'embedded_restarts_total',
    'Restarts of the embedded database',
  );

  /** Tells events to who handles them from now on. */
  handle(handlers: Handlers | void): void {
    for (const [type, handler] of Object.entries<(event: never) => void>(handlers ?? {}))
      this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler]);
  }

  observe(event: NamedEvent): void {
    for (const handler of this.#handlers.get(event.type) ?? NOBODY) handler(event as never);
    this.#observe(event as Event);
  }

  #observe(event: Event): void {
    switch (event.type) {
      case 'request.answered': {
        const { route, method, status, ms } = event;
        this.#requests.inc({
          route,
          method: METHODS.has(method) ? method : 'other',
          status: classOf(status),
        });
        this.#requestSeconds.observe({ route }, ms / 1000);
        break;
      }
      case 'request.failed':
        this.#failures.inc({ code: event.error.code });
        break;
      case 'tile.served':
        this.#tiles.inc({ layer: this.#layerLabel(event.layers), cache: event.cache });
        break;
      case 'tile.made':
        this.#tileSeconds.observe({ engine: event.engine }, event.ms / 1000);
        break;
      case 'catalog.loaded':
        this.#catalogLoads.inc();
        break;
      case 'layer.loaded':
        this.#layerLoads.inc();
        break;
      case 'generation.changed':
        this.#generations.inc();
        if (event.lagMs !== undefined) this.#lag.observe(event.lagMs / 1000);
        break;
      // Views and cubes are those of maps.yaml: there is an end to them.
      case 'refresh.finished':
        this.#refreshSeconds.observe({ view: event.view }, event.ms / 1000);
        this.#refreshes.inc({ view: event.view, outcome: 'finished' });
        break;
      case 'refresh.skipped':
      case 'refresh.retried':
      case 'refresh.failed':
      case 'refresh.abandoned':
        this.#refreshes.inc({ view: event.view, outcome: event.type.slice('refresh.'.length) });
        break;
      case 'delta.folded':
        this.#folded.inc({ cube: event.cube }, event.rows);
        break;
      case 'delta.failed':
      case 'delta.drifted':
        this.#deltaProblems.inc({ cube: event.cube, problem: event.type.slice('delta.'.length) });
        break;
      case 'pyramid.built':
      case 'pyramid.failed':
        this.#pyramids.inc({ layer: event.layer, outcome: event.type.slice('pyramid.'.length) });
        break;
      case 'database.restarted':
        this.#restarts.inc();
        break;
    }
  }

  /** Adds what is looked up when somebody asks. */
  watch({ cache, catalog, config, choropleths, db, events, memory, startup }: Context): void {
    this.instruments.gauge('ready', 'Whether requests are answered', () => Number(startup.state === 'ready'));
    this.instruments.gauge('db_connections', 'Connections of the database pool', () => [
      ['open', db.load().open],
      ['idle', db.load().idle],
    ]);
    this.instruments.gauge(
      'db_waiting_requests',
      'Requests that wait for a connection',
      () => db.load().waiting,
    );
    this.instruments.gauge('db_pool_size', 'Connections that the pool may open', () => config.pool.size);
    this.instruments.gauge('cache_bytes', 'Memory of kept answers', () => cache.stats().bytes);
    this.instruments.gauge(
      'cache_max_bytes',
      'Memory that kept answers may take',
      () => cache.stats().maxBytes,
    );
    this.instruments.gauge('cache_entries', 'Kept answers', () => cache.stats().entries);
    this.instruments.total(
      'cache_evictions_total',
      'Answers dropped for lack of room',
      () => cache.stats().evictions,
    );
    this.instruments.total('cache_requests_total', 'Where answers came from', () =>
      Object.entries(cache.stats().outcomes),
    );
    this.instruments.gauge(
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
    this.instruments.gauge(
      'choropleths',
      'Choropleths of maps.yaml',
      () => {
        const broken = choropleths.all().filter((choropleth) => choropleth.problem).length;
        return [
          ['available', choropleths.all().length - broken],
          ['unavailable', broken],
        ];
      },
      'max',
    );
    this.instruments.gauge('event_clients', 'Browsers that listen for changes', () => events.clients);
    this.instruments.gauge(
      'memory_layer_vertices',
      'Vertices of the layers in memory',
      () => memory.vertices,
    );
  }

  /** Adds how fresh cubes are, as the database tells when somebody asks. */
  watchFreshness(ctx: Context): void {
    let asked: { at: number; answer: Promise<Freshness> } | undefined;
    const read = (): Promise<Freshness> => {
      // Several gauges are read at a time.
      if (!asked || Date.now() - asked.at > FRESHNESS_KEPT_MS) {
        const none: Freshness = { views: [], deltas: [] };
        const answer = ctx.startup.state === 'ready' ? readFreshness(ctx).catch(() => none) : none;
        asked = { at: Date.now(), answer: Promise.resolve(answer) };
      }
      return asked.answer;
    };
    const views = (name: string, help: string, of: (view: ViewFreshness) => number | null): void =>
      this.instruments.labelled(name, help, 'view', async () =>
        (await read()).views.map((each) => [each.view, of(each)]),
      );
    const deltas = (name: string, help: string, of: (cube: DeltaFreshness) => number): void =>
      this.instruments.labelled(name, help, 'cube', async () =>
        (await read()).deltas.map((each) => [each.cube, of(each)]),
      );
    views('view_age_seconds', 'Age of what a refreshed view holds', (view) => view.ageSeconds);
    views('view_failing', 'Whether the last refresh of a view failed', (view) =>
      Number(view.lastError !== null),
    );
    views('view_lag_seconds', 'Age of committed data that is not served yet', (view) => view.lagSeconds);
    deltas('delta_waiting_rows', 'Changes that wait to be folded in', (cube) => cube.waiting);
    deltas('delta_waiting_seconds', 'Age of the oldest that waits', (cube) => cube.waitingSeconds);
  }

  /** Adds the tier that instances share. */
  watchShared(tier: { stats(): { up: boolean; reads: object; writes: object } }): void {
    this.instruments.gauge('shared_cache_up', 'Whether Redis answers', () => Number(tier.stats().up));
    this.instruments.total('shared_cache_reads_total', 'Reads of Redis', () =>
      Object.entries(tier.stats().reads),
    );
    this.instruments.total('shared_cache_writes_total', 'Writes to Redis', () =>
      Object.entries(tier.stats().writes),
    );
  }

  /** The registries of this process, for who adds up several. */
  get registries(): Registry[] {
    return [this.instruments.registry, ofProcess()];
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return Registry.merge(this.registries).metrics();
  }

  #layerLabel(layers: string): string {
    if (layers.includes(',')) return 'several';
    if (!this.#layers.has(layers) && this.#layers.size >= MOST_LAYERS) return 'other';
    this.#layers.add(layers);
    return layers;
  }
}

function classOf(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
