import { ask, numberIn, paginationOf, pathOf, type Query, type Server } from './ask.ts';
import { differencesOf, itemsOf, type Item } from './compare.ts';
import { plan, type Check, type Known } from './plan.ts';

export interface VerifyOptions {
  readonly old: Server;
  readonly now: Server;
  readonly withPersons: boolean;
  /** Rows asked for at a time; as many as the old application gave where absent. */
  readonly limit?: number;
  /** Told of each difference, with the path that was asked. */
  readonly onDifference: (path: string, text: string) => void;
  /** Told of what could not be compared, and why. */
  readonly onNote: (path: string, text: string) => void;
  readonly onProgress: (text: string) => void;
}

export interface Verified {
  readonly checks: number;
  readonly items: number;
  readonly differences: number;
}

/** Asks two servers the same and compares what they say. @throws Error where one of them does not answer */
export async function verify(options: VerifyOptions): Promise<Verified> {
  const run = new Run(options);
  const checks = plan(await knownOf(options), options.limit);
  for (const [i, check] of checks.entries()) {
    options.onProgress(`${i + 1} of ${checks.length}: ${pathOf(check.path, check.query)}`);
    await run.check(check);
  }
  return { checks: checks.length, items: run.items, differences: run.differences };
}

/** What may be asked for, in the words of the old server. */
async function knownOf({ old, withPersons }: VerifyOptions): Promise<Known> {
  const stats = ((await ask(old, '/gis/choropleth/stats')).body ?? {}) as Partial<Record<string, unknown[]>>;
  const categories = (name: string): string[] =>
    (stats[name] ?? []).flatMap((one) => (one as { kategori?: string }).kategori ?? []);
  const points = await ask(old, pathOf('/gis/santri-points', { limit: 1_000 }));
  const schools = [...itemsOf(points.body).values()].flatMap(({ values }) =>
    typeof values.pesantren_id === 'string' ? [values.pesantren_id] : [],
  );
  return {
    poverty: categories('santri_categories'),
    eligibility: categories('pesantren_categories'),
    provinces: (stats.provinsi_list ?? []) as string[],
    regencies: (stats.kabupaten_list ?? []) as string[],
    schools: [...new Set(schools)],
    withPersons,
  };
}

class Run {
  readonly #options: VerifyOptions;
  readonly #seen = new Set<string>();
  items = 0;
  differences = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  async check(check: Check): Promise<void> {
    const path = pathOf(check.path, check.query);
    const [old, now] = await this.#both(path, check.sent);
    if (old.status !== now.status) {
      this.#differ(path, `status: ${old.status} → ${now.status}`);
      return;
    }
    if (old.status >= 400 || check.kind === 'status') return;
    if (check.kind === 'members') {
      const members = (body: unknown): string[] => Object.keys((body ?? {}) as object);
      const missing = members(old.body).filter((name) => !members(now.body).includes(name));
      if (missing.length > 0) this.#differ(path, `members that are missing: ${missing.join(', ')}`);
      return;
    }
    this.#compareMembers(path, 'pagination', paginationOf(old.body), paginationOf(now.body));
    const [before, after] = [itemsOf(old.body), itemsOf(now.body)];
    if (check.kind === 'list') {
      const found = this.#differencesOf(before, after);
      if (found.length === 0 || !(check.ignored && (await this.#isIgnored(check, before))))
        this.#tell(path, found);
    } else if (check.kind === 'pages') await this.#pages(check, [old.body, now.body], before, after);
    else if (before.size !== after.size) this.#differ(path, `rows: ${before.size} → ${after.size}`);
    if (check.kind === 'persons') await this.#persons([...before.keys()]);
  }

  /** Pages of both servers may be in different orders: only all of them together are the same. */
  async #pages(
    { path, query = {} }: Check,
    [oldFirst, nowFirst]: readonly [unknown, unknown],
    before: Map<string, Item>,
    after: Map<string, Item>,
  ): Promise<void> {
    const { old, now } = this.#options;
    const told = pathOf(path, query);
    await this.#rest(old, path, query, oldFirst, before);
    await this.#rest(now, path, query, nowFirst, after);
    const total = numberIn(paginationOf(oldFirst), 'total', 'total_items');
    if (before.size === total) {
      this.#tell(told, this.#differencesOf(before, after));
      return;
    }
    this.#options.onNote(
      told,
      `the old pages overlap: ${before.size} different rows of ${total}; only those are compared`,
    );
    const both = new Map([...after].filter(([key]) => before.has(key)));
    this.#tell(told, this.#differencesOf(before, both));
  }

  /** Adds what is on the pages after the first. */
  async #rest(
    server: Server,
    path: string,
    query: Query,
    first: unknown,
    items: Map<string, Item>,
  ): Promise<void> {
    const pages = numberIn(paginationOf(first), 'pages', 'total_pages');
    for (let page = 2; page <= pages; page++) {
      const next = pathOf(path, { ...query, page });
      this.#options.onProgress(`${server.url}: ${next} of ${pages}`);
      const { status, body } = await ask(server, next);
      if (status !== 200) this.#differ(next, `${server.url} answers ${status}`);
      // A page has a row once: what comes again on another is the same row.
      for (const [key, item] of itemsOf(body)) items.set(key, item);
    }
  }

  /** The old application passed this filter over where it read its view: nothing to compare with then. */
  async #isIgnored({ path, query, ignored }: Check, filtered: Map<string, Item>): Promise<boolean> {
    const { body } = await ask(this.#options.old, pathOf(path, ignored));
    const all = itemsOf(body);
    const isSame = [...all].every(([key, item]) => {
      const other = filtered.get(key);
      return other !== undefined && differencesOf(item, other).length === 0;
    });
    if (!isSame || all.size !== filtered.size) return false;
    this.#options.onNote(pathOf(path, query), 'the old server passes this filter over: not compared');
    return true;
  }

  /** One by one, what both tell of each. */
  async #persons(ids: readonly string[]): Promise<void> {
    for (const id of ids.filter((one) => !this.#seen.has(one))) {
      this.#seen.add(id);
      const path = `/api/santri-pribadi/${encodeURIComponent(id)}`;
      const [old, now] = await this.#both(path);
      if (old.status !== now.status) this.#differ(path, `status: ${old.status} → ${now.status}`);
      const [before] = itemsOf(old.body).values();
      const [after] = itemsOf(now.body).values();
      if (!before || !after) continue;
      // The old one told more of a person than a map needs.
      const shared = Object.entries(before.values).filter(([name]) => name in after.values);
      const told = (item: Item): Map<string, Item> =>
        new Map([[id, { values: Object.fromEntries(shared.map(([name]) => [name, item.values[name]])) }]]);
      this.#tell(path, this.#differencesOf(told(before), told(after)));
    }
  }

  #differencesOf(before: ReadonlyMap<string, Item>, after: ReadonlyMap<string, Item>): string[] {
    this.items += before.size;
    const missingOrOther = [...before].flatMap(([key, item]) => {
      const other = after.get(key);
      return (other ? differencesOf(item, other) : ['is missing']).map((text) => `${key}: ${text}`);
    });
    const added = [...after.keys()].filter((key) => !before.has(key));
    return [...missingOrOther, ...added.map((key) => `${key}: was not there`)];
  }

  #tell(path: string, differences: readonly string[]): void {
    for (const text of differences) this.#differ(path, text);
  }

  #compareMembers(path: string, what: string, old: object, now: object): void {
    for (const text of differencesOf({ values: { ...old } }, { values: { ...now } }))
      this.#differ(path, `${what} ${text}`);
  }

  #both(path: string, sent?: unknown) {
    const { old, now } = this.#options;
    return Promise.all([ask(old, path, sent), ask(now, path, sent)]);
  }

  #differ(path: string, text: string): void {
    this.differences += 1;
    this.#options.onDifference(path, text);
  }
}
