import type { Generations } from './generations.ts';

import type { Access } from '../sight/access.ts';

/** What something published is at: told to browsers, so that they know what to load again. */
export interface Published {
  readonly kind: 'choropleth' | 'layer';
  readonly id: string;
  /** What `g=` of its URLs is now. */
  readonly version: string;
  readonly generation: string | { readonly regions: string; readonly cube: string };
  readonly refreshedAt: string | null;
  /** Who may be told; everybody where absent. */
  readonly access?: Access | undefined;
}

export interface Change extends Published {
  /** Grows with every change, also from one start of an instance to the next. */
  readonly eventId: number;
}

type Handler = (changes: readonly Change[]) => void;

/**
 * Event ids are times in microseconds, so that they make sense to another instance too. Clocks of
 * instances differ: what changed a little before the last id that a client saw is sent once more.
 */
const CLOCKS_DIFFER_US = 60_000_000;

/** Keeps what every choropleth and layer is at, and tells what changed. */
export class Changes {
  readonly #published: () => Iterable<Published>;
  readonly #current = new Map<string, Change>();
  readonly #handlers = new Set<Handler>();
  readonly #began: number;
  #lastId: number;
  #scheduled: NodeJS.Immediate | undefined;

  /** @param published all that there is, as of now */
  constructor(generations: Generations, published: () => Iterable<Published>) {
    this.#published = published;
    this.#began = this.#lastId = Date.now() * 1000;
    generations.onChange(() => this.schedule());
  }

  /** Looks for changes once what is going on now is through. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.update();
    });
  }

  /** Holds what is published now against what was, and tells the difference. */
  update(): void {
    const changes: Change[] = [];
    const published = new Set<string>();
    for (const current of this.#published()) {
      const key = `${current.kind}/${current.id}`;
      published.add(key);
      if (this.#current.get(key)?.version === current.version) continue;
      this.#lastId = Math.max(this.#lastId + 1, Date.now() * 1000);
      const change = { ...current, eventId: this.#lastId };
      this.#current.set(key, change);
      changes.push(change);
    }
    for (const key of this.#current.keys()) if (!published.has(key)) this.#current.delete(key);
    if (changes.length > 0) for (const handler of this.#handlers) handler(changes);
  }

  onChange(handler: Handler): void {
    this.#handlers.add(handler);
  }

  /**
   * What a client should be told that last saw `eventId`: everything without one, or with one from
   * before this instance was there to see changes.
   */
  since(eventId: number | undefined): Change[] {
    const all = [...this.#current.values()].sort((a, b) => a.eventId - b.eventId);
    if (eventId === undefined || !(eventId - CLOCKS_DIFFER_US > this.#began)) return all;
    return all.filter((change) => change.eventId > eventId - CLOCKS_DIFFER_US);
  }
}
