import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Context } from '../context.ts';
import {
  readFreshness,
  type DeltaFreshness,
  type Freshness,
  type ViewFreshness,
} from '../refresh/freshness.ts';
import type { Event } from './events.ts';

const PREFIX = 'chorograph_';
/** Seconds: from a cached tile to a query that runs into its timeout. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
/** Seconds: from a small view to one that takes half an hour. */
const REFRESH_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800];
/** Tables come and go; a label of a layer that is gone stays, so there is an end to how many there are. */
const MOST_LAYERS = 500;
/** One look at the database serves all that one scrape asks for. */
const FRESHNESS_KEPT_MS = 1_000;
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
  readonly #own = new Registry();
  readonly #layers = new Set<string>();
  readonly #requests = this.#counter('http_requests_total', 'Requests answered', [
    'route',
    'method',
    'status',
  ]);
  readonly #requestSeconds = this.#histogram('http_request_duration_seconds', 'Time to answer a request', [
    'route',
  ]);
  readonly #failures = this.#counter('request_failures_total', 'Answers with 5xx by error code', ['code']);
  readonly #tiles = this.#counter('tiles_total', 'Tiles answered, by where they came from', [
    'layer',
    'cache',
  ]);
  readonly #tileSeconds = this.#histogram('tile_make_duration_seconds', 'Time to make one layer of a tile', [
    'engine',
  ]);
  readonly #catalogLoads = this.#counter('catalog_loads_total', 'Discoveries that found a change');
  readonly #layerLoads = this.#counter('layer_loads_total', 'Layers read into memory');
  readonly #generations = this.#counter('generation_changes_total', 'Changes of data that were noticed');
  readonly #lag = this.#histogram(
    'generation_lag_seconds',
    'Time from a change to this process knowing it',
    [],
  );
  readonly #refreshes = this.#counter(
    'refreshes_total',
    'Refreshes of materialized views, by how they went',
    ['view', 'outcome'],
  );
  readonly #refreshSeconds = this.#histogram(
    'refresh_duration_seconds',
    'Time of refreshes that succeeded',
    ['view'],
    REFRESH_BUCKETS,
  );
  readonly #folded = this.#counter('delta_rows_total', 'Changed rows folded into delta cubes', ['cube']);
  readonly #deltaProblems = this.#counter(
    'delta_problems_total',
    'Folds that failed, and cubes that had drifted',
    ['cube', 'problem'],
  );
  readonly #pyramids = this.#counter('pyramid_builds_total', 'Builds of point pyramids', [
    'layer',
    'outcome',
  ]);
  readonly #keysRefused = this.#counter('keys_refused_total', 'Requests with an API key that was not good');
  readonly #restarts = this.#counter('embedded_restarts_total', 'Restarts of the embedded database');

  observe(event: Event): void {
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
      case 'key.refused':
        this.#keysRefused.inc();
        break;
      case 'database.restarted':
        this.#restarts.inc();
        break;
    }
  }

  /** Adds what is looked up when somebody asks. */
  watch({ cache, catalog, config, choropleths, db, events, memory, startup }: Context): void {
    this.#gauge('ready', 'Whether requests are answered', () => Number(startup.state === 'ready'));
    this.#gauge('db_connections', 'Connections of the database pool', () => [
      ['open', db.load().open],
      ['idle', db.load().idle],
    ]);
    this.#gauge('db_waiting_requests', 'Requests that wait for a connection', () => db.load().waiting);
    this.#gauge('db_pool_size', 'Connections that the pool may open', () => config.pool.size);
    this.#gauge('cache_bytes', 'Memory of kept answers', () => cache.stats().bytes);
    this.#gauge('cache_max_bytes', 'Memory that kept answers may take', () => cache.stats().maxBytes);
    this.#gauge('cache_entries', 'Kept answers', () => cache.stats().entries);
    this.#total('cache_evictions_total', 'Answers dropped for lack of room', () => cache.stats().evictions);
    this.#total('cache_requests_total', 'Where answers came from', () =>
      Object.entries(cache.stats().outcomes),
    );
    this.#gauge(
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
    this.#gauge(
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
    this.#gauge('event_clients', 'Browsers that listen for changes', () => events.clients);
    this.#gauge('memory_layer_vertices', 'Vertices of the layers in memory', () => memory.vertices);
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
      this.#labelled(name, help, 'view', async () =>
        (await read()).views.map((each) => [each.view, of(each)]),
      );
    const deltas = (name: string, help: string, of: (cube: DeltaFreshness) => number): void =>
      this.#labelled(name, help, 'cube', async () =>
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
    this.#gauge('shared_cache_up', 'Whether Redis answers', () => Number(tier.stats().up));
    this.#total('shared_cache_reads_total', 'Reads of Redis', () => Object.entries(tier.stats().reads));
    this.#total('shared_cache_writes_total', 'Writes to Redis', () => Object.entries(tier.stats().writes));
  }

  /** The registries of this process, for who adds up several. */
  get registries(): Registry[] {
    return [this.#own, ofProcess()];
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

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.#own] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets = BUCKETS,
  ): Histogram<Label> {
    return new Histogram({ name: PREFIX + name, help, labelNames, buckets, registers: [this.#own] });
  }

  /** @param together how several processes' values make one. */
  #gauge(name: string, help: string, read: () => Reading, together: 'sum' | 'max' = 'sum'): void {
    new Gauge({
      name: PREFIX + name,
      help,
      aggregator: together,
      labelNames: ['state'],
      registers: [this.#own],
      collect() {
        const reading = read();
        if (typeof reading === 'number') this.set(reading);
        else for (const [state, value] of reading) this.set({ state }, value);
      },
    });
  }

  /** Values that take asking; all processes are told the same. */
  #labelled(
    name: string,
    help: string,
    label: string,
    read: () => Promise<(readonly [string, number | null])[]>,
  ): void {
    new Gauge({
      name: PREFIX + name,
      help,
      aggregator: 'max',
      labelNames: [label],
      registers: [this.#own],
      async collect() {
        const readings = await read();
        this.reset();
        for (const [value, reading] of readings) if (reading !== null) this.set({ [label]: value }, reading);
      },
    });
  }

  /** A counter that somebody else counts. */
  #total(name: string, help: string, read: () => Reading): void {
    new Counter({
      name: PREFIX + name,
      help,
      labelNames: ['outcome'],
      registers: [this.#own],
      collect() {
        this.reset();
        const reading = read();
        if (typeof reading === 'number') this.inc(reading);
        else for (const [outcome, value] of reading) this.inc({ outcome }, value);
      },
    });
  }
}

/** One value, or one for each state or outcome. */
type Reading = number | (readonly [string, number])[];

function classOf(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
