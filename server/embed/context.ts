import type { ReadingContext } from '../choropleth/public.ts';
import type { EmbedConfig } from './settings.ts';

/** What maps in other sites' pages ask for. */
export interface EmbedContext {
  readonly config: ReadingContext['config'] & EmbedConfig;
  readonly choropleths: Pick<ReadingContext['choropleths'], 'get'>;
}
