import { LRUCache } from 'lru-cache';
import { json, type Representation } from '../../http/answers/respond.ts';
import { answer, type SearchRequest } from './answer.ts';
import type { Built } from '../searching.ts';
import { MOST_HITS } from '../finding/search.ts';
import type { Sight } from '../sight.ts';

const KEPT_BYTES = 32 * 1024 * 1024;
const KEPT_MS = 300_000;

/** Answers as documents, kept for five minutes or until the index is another one. */
export class SearchAnswers {
  readonly #kept = new LRUCache<string, Representation>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (kept, key) => kept.size + 2 * key.length,
    ttl: KEPT_MS,
  });
  #number = -1;

  /** @param paged whether it tells how to go on */
  of(
    { index, number }: Pick<Built, 'index' | 'number'>,
    request: SearchRequest,
    sight: Sight,
    paged: boolean,
  ): Representation {
    if (number !== this.#number) this.#kept.clear();
    this.#number = number;
    const key = JSON.stringify([sight.key, paged, request]);
    const known = this.#kept.get(key);
    if (known) return known;
    const found = answer(index, request, sight);
    const next = request.offset + request.limit;
    const hasMore = paged && next < Math.min(found.total, MOST_HITS);
    const made = json({ ...found, ...(hasMore && { next: String(next) }) });
    this.#kept.set(key, made);
    return made;
  }
}
