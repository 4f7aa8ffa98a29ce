import type { Observe } from '../observe/events.ts';
import type { Startup } from '../startup-state.ts';
import type { ResponseCache } from './cache/response-cache.ts';
import type { HotTiles } from './past-express/hot-tiles.ts';
import type { HttpConfig } from './settings.ts';

/** What answering requests asks for. */
export interface HttpContext {
  readonly config: HttpConfig;
  readonly observe: Observe;
  readonly startup: Startup;
  /** Finished answers of every kind. */
  readonly cache: ResponseCache;
  /** URLs that such an answer can be sent for without asking anybody. */
  readonly hotTiles: HotTiles;
  /** Requests worth making again when their data changes. */
  readonly hot: { askedAgain(key: string): void };
  /** Grows whenever any URL may have come to mean something else: data, cells, layers or choropleths changed. */
  readonly epoch: () => number;
}
