import type { TableLayer } from '../catalog/types.ts';
import type { Sql } from '../db/sql.ts';
import type { Sight } from '../sight/sight.ts';
import type { ReadingContext } from '../choropleth/public.ts';
import type { FeaturesContext } from '../features/public.ts';
import type { TilesContext } from '../tiles/public.ts';

/** Rows of the table behind a layer, which the layer itself does not show. */
export interface OtherRows {
  readonly table: Pick<TableLayer, 'schema' | 'name'>;
  readonly where: readonly Sql[];
}

/** What answering as OGC API asks for: what features, tiles and choropleths ask for together. */
export interface OgcContext extends FeaturesContext, TilesContext, ReadingContext {
  readonly config: FeaturesContext['config'] & TilesContext['config'] & ReadingContext['config'];
  readonly maps: TilesContext['maps'] & ReadingContext['maps'];
  readonly hot: ReadingContext['hot'];
  /** Which layers are edited; of what is edited, where its rows are, and the columns that are written. */
  readonly editing: {
    of(
      layer: TableLayer,
    ): { readonly columns: readonly string[]; readonly review: object | undefined } | undefined;
    readonly any: boolean;
    /** Where one feature is read by somebody who may change it. */
    tableFor(layer: TableLayer, sight: Sight): Pick<TableLayer, 'schema' | 'name'> | undefined;
    /** Rows that `review=` asks for, and the other parameters. */
    rowsFor<Value extends string | string[]>(
      layer: TableLayer,
      extra: Readonly<Record<string, Value>>,
      sight: Sight,
    ): { readonly rows?: OtherRows; readonly extra: Readonly<Record<string, Value>> };
  };
}
