import { ApiError } from '../api.ts';
import { field, h } from '../dom.ts';
import { askForKey } from '../sign-in.ts';
import { siteBar } from '../site.ts';
import { Client } from './client.ts';
import { cards, counts, entries, health, put, section, timeline, wide } from './parts.ts';
import { PerformancePart } from './performance.ts';
import { total, type Samples } from './prometheus.ts';
import { RefreshPart } from './refreshes.ts';
import { TEXTS } from './texts.ts';

const HOUR_MS = 3_600_000;
const PERIODS = {
  day: { ms: 24 * HOUR_MS, step: 'hour', stepMs: HOUR_MS },
  week: { ms: 7 * 24 * HOUR_MS, step: 'day', stepMs: 24 * HOUR_MS },
  month: { ms: 30 * 24 * HOUR_MS, step: 'day', stepMs: 24 * HOUR_MS },
} as const;
/** What was asked for a while ago is asked again, in ms. */
const RELOAD_MS = 15_000;
/** The same while a view is being refreshed. */
const SOON_MS = 1_000;

/** What operators see. The key is held by one object in memory, which goes with the page. */
export class AdminPage {
  readonly #root: HTMLElement;
  readonly #status = h('p', { class: 'status', role: 'status', 'aria-live': 'polite' });
  readonly #main = h('div', { class: 'admin-main' });
  readonly #bar = h('div', { class: 'admin-bar', hidden: true });
  readonly #period = choice(Object.entries(TEXTS.periods));
  readonly #severity = choice([
    ['', TEXTS.all] as const,
    ...['critical', 'error', 'warning', 'info'].map((name) => [name, name] as const),
  ]);
  readonly #words = h('input', { type: 'search', maxlength: 100 });
  readonly #parts = {
    summary: h('div'),
    timeline: h('div'),
    severities: h('div'),
    actors: h('div'),
    actions: h('div'),
    events: h('div'),
    health: h('div'),
    limits: h('div'),
  };
  #refreshes: RefreshPart | undefined;
  #performance = new PerformancePart();
  #soon: ReturnType<typeof setTimeout> | undefined;
  #session: { client: Client; end: () => void } | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    const reload = (): void => void this.#load();
    for (const control of [this.#period, this.#severity, this.#words])
      control.addEventListener('change', reload);
    this.#bar.append(
      field(TEXTS.period, this.#period),
      h('button', { type: 'button', class: 'button', onclick: reload }, TEXTS.reload),
      h('button', { type: 'button', class: 'button', onclick: () => this.#leave() }, TEXTS.leave),
    );
  }

  start(): void {
    const header = h('div', { class: 'admin-top' }, h('h1', {}, TEXTS.title), this.#bar);
    this.#root.replaceChildren(
      siteBar('operations', ''),
      h('main', { class: 'admin' }, header, this.#status, this.#main),
    );
    this.#leave();
  }

  #leave(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#bar.hidden = true;
    askForKey(this.#main, TEXTS, (key) => this.#open(key));
  }

  async #open(key: string): Promise<void> {
    const ending = new AbortController();
    this.#session?.end();
    const timer = setInterval(() => void this.#load(), RELOAD_MS);
    const end = (): void => {
      clearInterval(timer);
      clearTimeout(this.#soon);
      ending.abort();
    };
    this.#session = { client: new Client(key, ending.signal), end };
    this.#performance = new PerformancePart();
    this.#refreshes = new RefreshPart(
      (text) => (this.#status.textContent = text),
      () => void this.#load(),
    );
    if (!(await this.#load())) return;
    const {
      summary,
      timeline: times,
      severities,
      actors,
      actions,
      events,
      health: checks,
      limits,
    } = this.#parts;
    const filter = h(
      'div',
      { class: 'filter' },
      field(TEXTS.severity, this.#severity),
      field(TEXTS.words, this.#words),
    );
    this.#main.replaceChildren(
      wide(section(TEXTS.summary, summary)),
      wide(this.#performance.traffic),
      wide(this.#refreshes.element),
      wide(this.#performance.slowest, 'wider'),
      section(TEXTS.health, checks),
      wide(section(TEXTS.timeline, times)),
      section(TEXTS.severities, severities),
      section(TEXTS.actors, actors),
      section(TEXTS.actions, actions),
      wide(section(TEXTS.events, filter, events)),
      section(TEXTS.limits, limits),
    );
    this.#bar.hidden = false;
  }

  /** False where the key does not open it. */
  async #load(): Promise<boolean> {
    const session = this.#session;
    if (!session) return false;
    try {
      await this.#show(session.client);
      this.#status.textContent = TEXTS.updated(new Date());
      return true;
    } catch (error) {
      if (session !== this.#session) return false; // it was left meanwhile
      this.#status.textContent = wordsOf(error);
      if (this.#bar.hidden || isRefused(error)) this.#leave();
      return false;
    }
  }

  async #show(client: Client): Promise<void> {
    const { ms, step, stepMs } = PERIODS[this.#period.value as keyof typeof PERIODS];
    const from = new Date(Date.now() - ms);
    const severity = this.#severity.value;
    const q = this.#words.value.trim();
    const filter = { ...(severity === '' ? {} : { severity }), ...(q === '' ? {} : { q }) };
    const [stats, list, refreshes, state, samples, slowest] = await Promise.all([
      client.stats(from, step),
      client.entries(filter),
      client.refreshes(),
      client.health(),
      client.metrics(),
      client.slowest(),
    ]);
    const parts = this.#parts;
    put(parts.summary, cards(stats, state));
    put(parts.timeline, timeline(stats, from, stepMs));
    put(parts.severities, counts(stats.bySeverity));
    put(parts.actors, counts(stats.byActor));
    put(parts.actions, counts(stats.byAction));
    put(parts.events, entries(list));
    put(parts.health, health(state));
    const hits = samples && limitHits(samples);
    put(
      parts.limits,
      h('p', { class: 'muted' }, hits ? TEXTS.limitsHit : TEXTS.noMetrics),
      hits ? counts(hits, TEXTS.noLimitHit) : '',
    );
    this.#refreshes?.show(refreshes, client);
    this.#performance.show(samples, slowest);
    clearTimeout(this.#soon);
    if (refreshes.runs.some(({ status }) => status === 'queued' || status === 'running'))
      this.#soon = setTimeout(() => void this.#load(), SOON_MS);
  }
}

/** Requests refused as one too many since the start, by class. */
function limitHits(samples: Samples): { value: string; events: number }[] {
  const classes = (samples.get('limit_hits_total') ?? []).flatMap(({ labels }) => labels.class ?? []);
  return [...new Set(classes)].map((value) => ({
    value,
    events: total(samples, 'limit_hits_total', (labels) => labels.class === value),
  }));
}

const isRefused = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 401 || error.status === 403);

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return TEXTS.failed;
  if (error.status === 401) return TEXTS.refusedKey;
  return error.status === 403 ? TEXTS.refusedScope : `${TEXTS.failed}: ${error.detail ?? error.message}`;
}

const choice = (options: readonly (readonly [string, string])[]): HTMLSelectElement =>
  h('select', {}, ...options.map(([value, label]) => h('option', { value }, label)));
