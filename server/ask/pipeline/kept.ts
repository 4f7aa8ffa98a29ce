import { LRUCache } from 'lru-cache';
import type { Figures } from '../tools/figures.ts';
import type { AskAnswer } from '../types.ts';

export type Kept = Omit<AskAnswer, 'question' | 'cached'>;

const MOST = 2_000;

/** Answers to be given again, for as long as every choropleth that they were made from is at the same version. */
export class KeptAnswers {
  readonly #figures: Figures;
  readonly #answers: LRUCache<string, { answer: Kept; used: Readonly<Record<string, string>> }> | undefined;

  constructor(figures: Figures, seconds: number) {
    this.#figures = figures;
    this.#answers = seconds === 0 ? undefined : new LRUCache({ max: MOST, ttl: seconds * 1000 });
  }

  get(key: string): Kept | undefined {
    const kept = this.#answers?.get(key);
    if (!kept) return undefined;
    const isCurrent = Object.entries(kept.used).every(
      ([id, version]) => this.#figures.version(id) === version,
    );
    if (isCurrent) return kept.answer;
    this.#answers?.delete(key);
    return undefined;
  }

  set(key: string, answer: Kept, used: Readonly<Record<string, string>> = {}): void {
    this.#answers?.set(key, { answer, used });
  }
}

/** What makes two questions the same, besides who asks and what answers: letter case, blanks and the last signs do not. */
export function sameQuestion(text: string): string {
  return text
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[\s.?!]+$/, '');
}
