import type { Catalog } from '../catalog/catalog.ts';
import type { ReadingContext } from '../choropleth/public.ts';
import type { Limits } from '../limits/limits.ts';

/** What answering programs of language models asks for. */
export interface McpContext extends ReadingContext {
  readonly catalog: Catalog;
  readonly limits: Pick<Limits, 'countedAs'>;
}
