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

/** The best score of each document that was found; used again from search to search, which is why it is emptied. */
export class Ranking {
  readonly #scores: Float32Array;
  readonly #matches: Uint8Array;
  #found: number[] = [];
  #accept: ((document: number) => boolean) | undefined;

  constructor(documents: number) {
    this.#scores = new Float32Array(documents);
    this.#matches = new Uint8Array(documents);
  }

  get size(): number {
    return this.#found.length;
  }

  /** Nothing else is found until the hits are taken: what may not be found does not stand in the way of what may. */
  begin(accept: ((document: number) => boolean) | undefined): void {
    this.#accept = accept;
  }

  put(document: number, score: number, match: Match): void {
    const before = this.#scores[document]!;
    if (before >= score) return;
    if (before === 0) {
      if (this.#accept && !this.#accept(document)) return;
      this.#found.push(document);
    }
    this.#scores[document] = score;
    this.#matches[document] = MATCHES.indexOf(match);
  }

  /**
   * The best hits, and how many there are; nothing is found afterwards.
   * @param adjust what is added to a score, up to 0.05
   */
  take(most: number, adjust: (document: number) => number): { hits: Hit[]; total: number } {
    const bins = new Uint32Array(BINS);
    const kept = this.#found;
    for (const document of kept) {
      this.#scores[document]! += adjust(document);
      bins[binOf(this.#scores[document]!)]!++;
    }
    let lowest = BINS;
    for (let count = 0; lowest > 0 && count < most;) count += bins[--lowest]!;
    const hits = kept
      .filter((document) => binOf(this.#scores[document]!) >= lowest)
      .map((document) => ({
        document,
        score: this.#scores[document]!,
        match: MATCHES[this.#matches[document]!]!,
      }))
      .sort((a, b) => b.score - a.score || a.document - b.document)
      .slice(0, most);
    for (const document of kept) this.#scores[document] = 0;
    this.#found = [];
    return { hits, total: kept.length };
  }
}

const binOf = (score: number): number => Math.min(BINS - 1, Math.floor((score / HIGHEST) * BINS));
