/** Why a document is a hit, the surest first. */
export const MATCHES = ['code', 'name', 'prefix', 'words', 'fuzzy'] as const;
export type Match = (typeof MATCHES)[number];

export interface Hit {
  /** Position of the document in the index. */
  readonly document: number;
  readonly score: number;
  readonly match: Match;
}

const BINS = 2_048;
const HIGHEST = 1.1;
/** What has this score or more is before all that is only found by its words. */
export const SURE = 0.8;

/** The best score of each document that was found; used again from search to search, which is why it is emptied. */
export class Ranking {
  readonly #scores: Float32Array;
  readonly #matches: Uint8Array;
  readonly #found: Uint32Array;
  readonly #bins = new Uint32Array(BINS);
  #size = 0;
  #sure = 0;
  #first = 0;
  #accept: ((document: number) => boolean) | undefined;

  /** @param documents how many there may be */
  constructor(documents: number) {
    this.#scores = new Float32Array(documents);
    this.#matches = new Uint8Array(documents);
    this.#found = new Uint32Array(documents);
  }

  get room(): number {
    return this.#scores.length;
  }

  get size(): number {
    return this.#size;
  }

  /** How many were put with a score of at least `SURE`. */
  get sure(): number {
    return this.#sure;
  }

  /** Nothing else is found until the hits are taken: what may not be found does not stand in the way of what may. */
  begin(accept: ((document: number) => boolean) | undefined): void {
    this.#accept = accept;
    this.#sure = 0;
  }

  /** What is put from now on are documents of a part that begins there. */
  over(first: number): void {
    this.#first = first;
  }

  /** @param own the document's position in its part */
  put(own: number, score: number, match: Match): void {
    const document = own + this.#first;
    const before = this.#scores[document]!;
    if (before >= score) return;
    if (before === 0) {
      if (this.#accept && !this.#accept(document)) return;
      this.#found[this.#size++] = document;
    }
    if (score >= SURE && before < SURE) this.#sure++;
    this.#scores[document] = score;
    this.#matches[document] = MATCHES.indexOf(match);
  }

  /**
   * The best hits, and how many there are; nothing is found afterwards.
   * @param adjust what is added to a score, up to 0.05
   * @param placeOf which of two with the same score is first: the lower one
   */
  take(
    most: number,
    { adjust, placeOf }: Record<'adjust' | 'placeOf', (document: number) => number>,
  ): { hits: Hit[]; total: number } {
    const kept = this.#found.subarray(0, this.#size);
    for (const document of kept) this.#scores[document]! += adjust(document);
    const lowest = kept.length > most ? this.#lowestBin(kept, most) : 0;
    const hits: Hit[] = [];
    for (const document of kept) {
      const score = this.#scores[document]!;
      if (lowest === 0 || binOf(score) >= lowest)
        hits.push({ document, score, match: MATCHES[this.#matches[document]!]! });
    }
    for (const document of kept) this.#scores[document] = 0;
    this.#size = 0;
    hits.sort(
      (a, b) => b.score - a.score || placeOf(a.document) - placeOf(b.document) || a.document - b.document,
    );
    return { hits: hits.length > most ? hits.slice(0, most) : hits, total: kept.length };
  }

  /** The bin from which on upwards the best are. */
  #lowestBin(kept: Uint32Array, most: number): number {
    const bins = this.#bins.fill(0);
    for (const document of kept) bins[binOf(this.#scores[document]!)]!++;
    let lowest = BINS;
    for (let count = 0; lowest > 0 && count < most;) count += bins[--lowest]!;
    return lowest;
  }
}

const binOf = (score: number): number => Math.min(BINS - 1, Math.floor((score / HIGHEST) * BINS));
