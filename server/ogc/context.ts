import type { ReadingContext } from '../choropleth/public.ts';
import type { FeaturesContext } from '../features/public.ts';
import type { TilesContext } from '../tiles/public.ts';

/** What answering as OGC API asks for: what features, tiles and choropleths ask for together. */
export interface OgcContext extends FeaturesContext, TilesContext, ReadingContext {
  readonly config: FeaturesContext['config'] & TilesContext['config'] & ReadingContext['config'];
  readonly maps: TilesContext['maps'] & ReadingContext['maps'];
  readonly hot: ReadingContext['hot'];
}
