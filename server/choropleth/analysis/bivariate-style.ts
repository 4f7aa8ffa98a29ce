import { styleDocument } from '../forms/style.ts';
import type { Bivariate } from './bivariate.ts';

/** A MapLibre style that colours the regions of the ordinary tiles by their code: pairs are not in the tiles. */
export function bivariateStyle(bivariate: Bivariate, base: string): Record<string, unknown> {
  const style = styleDocument(bivariate.answer, base);
  const layers = style.layers as { id: string; filter?: unknown; paint: Record<string, unknown> }[];
  return {
    ...style,
    layers: layers.map((layer) => {
      if (layer.id === 'regions')
        return { ...layer, paint: { ...layer.paint, 'fill-color': colorByCode(bivariate) } };
      // The status in the tiles is that of one metric.
      const [, status] = /^regions-(.*)$/.exec(layer.id) ?? [];
      if (status === undefined) return layer;
      const codes = bivariate.regions
        .filter((each) => each.status === status)
        .map(({ region }) => region.code);
      return { ...layer, filter: ['in', ['get', 'code'], ['literal', codes]] };
    }),
  };
}

function colorByCode({ colors, regions, noDataColor }: Bivariate): unknown {
  const branches = colors.flatMap((color, id) => {
    const codes = regions.filter(({ pair }) => pair === id).map(({ region }) => region.code);
    return codes.length > 0 ? [codes, color] : [];
  });
  // `match` without a branch is not a valid expression.
  return branches.length > 0 ? ['match', ['get', 'code'], ...branches, noDataColor] : noDataColor;
}
