import { styleDocument } from '../style.ts';
import type { Bivariate } from './bivariate.ts';

/** A MapLibre style that colours the regions of the ordinary tiles by their code: pairs are not in the tiles. */
export function bivariateStyle(bivariate: Bivariate, base: string): Record<string, unknown> {
  const style = styleDocument(bivariate.answer, base);
  const layers = style.layers as { id: string; paint: Record<string, unknown> }[];
  return {
    ...style,
    layers: layers.map((layer) =>
      layer.id === 'regions'
        ? { ...layer, paint: { ...layer.paint, 'fill-color': colorByCode(bivariate) } }
        : layer,
    ),
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
