/** What the server says a choropleth is at. */
interface Generation {
  kind: 'choropleth' | 'layer';
  id: string;
  version: string;
}

/** Behind a balancer another instance may answer that has not heard yet: so often it is asked again, after ms. */
const PAUSES_MS = [0, 100, 300, 1000, 3000] as const;

/** The browser itself connects again after a broken connection, but not after an answer such as 503. */
const RECONNECT_MS = 2_000;

/** A connection that is away for less than this was only made anew, in ms. */
const AWAY_MS = 2_000;

export interface ConnectionEvents {
  /** Nothing can be told, as the server is away. */
  onAway(): void;
  /** It is there again after that. */
  onBack(): void;
}

/** The newest version of each choropleth, as `/events` tells it. */
export class News {
  readonly #newest = new Map<string, string>();
  readonly #onNews: (id: string) => void;
  readonly #connection: ConnectionEvents | undefined;
  #away: ReturnType<typeof setTimeout> | undefined;
  #isAway = false;
  #asked: { version: string; times: number } | undefined;

  /** @param onNews called with the id of a choropleth whose version was told. */
  constructor(onNews: (id: string) => void, connection?: ConnectionEvents) {
    this.#onNews = onNews;
    this.#connection = connection;
    this.#connect();
  }

  /** The newest version of a choropleth; undefined where nothing was told of it yet. */
  versionOf(id: string): string | undefined {
    return this.#newest.get(id);
  }

  /**
   * How long to wait (ms) before asking for what is newer than `shown`; undefined where nothing is, or where
   * asking did not help.
   */
  pauseBefore(id: string, shown: string): number | undefined {
    const version = this.#newest.get(id);
    if (version === undefined || version === shown) return undefined;
    if (this.#asked?.version !== version) this.#asked = { version, times: 0 };
    return PAUSES_MS[this.#asked.times++];
  }

  #connect(): void {
    const source = new EventSource('events');
    source.addEventListener('open', () => this.#connected());
    source.addEventListener('error', () => {
      this.#away ??= setTimeout(() => this.#lost(), AWAY_MS);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#connect(), RECONNECT_MS);
    });
    source.addEventListener('generation', ({ data }: MessageEvent<string>) => {
      const { kind, id, version } = JSON.parse(data) as Generation;
      if (kind !== 'choropleth') return;
      this.#newest.set(id, version);
      this.#onNews(id);
    });
  }

  #lost(): void {
    this.#isAway = true;
    this.#connection?.onAway();
  }

  #connected(): void {
    clearTimeout(this.#away);
    this.#away = undefined;
    if (this.#isAway) this.#connection?.onBack();
    this.#isAway = false;
  }
}
