import type { TableLayer } from '../catalog/types.ts';
import type { ReadingContext } from '../choropleth/public.ts';
import type { FeaturesContext } from '../features/public.ts';
import type { TilesContext } from '../tiles/public.ts';

/** What answering as OGC API asks for: what features, tiles and choropleths ask for together. */
export interface OgcContext extends FeaturesContext, TilesContext, ReadingContext {
  readonly config: FeaturesContext['config'] & TilesContext['config'] & ReadingContext['config'];
  readonly maps: TilesContext['maps'] & ReadingContext['maps'];
  readonly hot: ReadingContext['hot'];
  /** Which layers are edited; of what is edited, where its rows are, and the columns that are written. */
  readonly editing: {
    of(
      layer: TableLayer,
    ):
      | { readonly table: Pick<TableLayer, 'schema' | 'name'>; readonly columns: readonly string[] }
      | undefined;
    readonly any: boolean;
  };
}
