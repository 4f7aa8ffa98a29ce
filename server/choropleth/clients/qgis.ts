import type { Answer } from '../answer.ts';
import { Representation } from '../../http/answers/respond.ts';
import { escapeXml } from '../draw/page/svg.ts';
import { MAX_ZOOM } from '../../http/answers/tile.ts';
import { hatchOf } from '../forms/hatch.ts';
import { legendOf } from '../legend/model.ts';
import { PAPER, styleDocument } from '../forms/style.ts';

const STATUSES = ['no_data', 'suppressed', 'unreliable'] as const;
/** Millimetres of the line between regions. */
const OUTLINE_MM = 0.1;

/**
 * The style for QGIS, whose converter (3.22 to 3.34) skips `step`, `case` and `feature-state`: a layer for each class and
 * each status with a plain filter, and nothing that depends on the state of a region.
 */
export function qgisStyle(answer: Answer, base: string): Record<string, unknown> {
  const style = styleDocument(answer, base);
  const { choropleth, theme } = answer.request;
  const fill = (id: string, filter: unknown[], paint: object) => ({
    id,
    type: 'fill',
    source: 'choropleth',
    'source-layer': choropleth.id,
    filter,
    paint: { ...paint, 'fill-antialias': false },
  });
  const [background, ...others] = style.layers as { id: string; paint: object }[];
  const outlines = others.find(({ id }) => id === 'outlines');
  return {
    ...style,
    layers: [
      background,
      ...STATUSES.map((status) =>
        fill(status, ['==', 'status', status], { 'fill-color': answer.noDataColor }),
      ),
      ...legendOf(answer, { locale: 'en' }).classes.map(({ id, label, color }) =>
        fill(`${id}: ${label}`, ['==', 'class', id], { 'fill-color': color }),
      ),
      ...STATUSES.flatMap((status) => {
        const hatch = hatchOf(status, theme);
        return hatch
          ? [fill(`${status}-hatch`, ['==', 'status', status], { 'fill-pattern': hatch.image })]
          : [];
      }),
      { ...outlines, paint: { 'line-color': PAPER[theme].outline, 'line-width': 0.4 } },
    ],
  };
}

/**
 * A layer definition that QGIS (3.16 and newer) opens by itself: the tiles, and a symbol for each class and status. Its tiles are
 * the newest at any time, as it is a file that is kept.
 */
export function qgisLayer(answer: Answer, base: string): Representation {
  const { choropleth, theme } = answer.request;
  const id = `chorograph_${choropleth.id}`;
  const query = new URLSearchParams(answer.parameters).toString();
  const tiles = `/gis/choropleth/${choropleth.id}/tiles/{z}/{x}/{y}.mvt?${query}`;
  // The host as it is: it may still be one that stands for whoever is asked.
  const source = `type=xyz&url=${base}${encodeURIComponent(tiles)}&zmin=0&zmax=${MAX_ZOOM}`;
  const { outline } = PAPER[theme];
  const words = legendOf(answer, { locale: 'en' });
  const symbols = [
    ...STATUSES.map((status) => ({
      name: status.replace('_', ' '),
      filter: `"status" = '${status}'`,
      fills: [solid(answer.noDataColor), ...hatched(answer, status)],
    })),
    ...words.classes.map(({ id: at, label, color }) => ({
      name: label,
      filter: `"class" = ${at}`,
      fills: [solid(color)],
    })),
  ];
  const title = escapeXml(`${choropleth.title}: ${words.heading}`);
  const xml = `<!DOCTYPE qgis-layer-definition>
<qlr>
<layer-tree-group checked="Qt::Checked" expanded="1" name=""><layer-tree-layer id="${id}" name="${title}" providerKey="" checked="Qt::Checked" expanded="1" source="${escapeXml(source)}"/></layer-tree-group>
<maplayers><maplayer type="vector-tile" autoRefreshEnabled="0">
<id>${id}</id><datasource>${escapeXml(source)}</datasource><layername>${title}</layername>
<srs><spatialrefsys><authid>EPSG:3857</authid></spatialrefsys></srs>
<renderer type="basic"><styles>
${symbols.map((symbol) => styleXml(symbol, { layer: choropleth.id, outline })).join('\n')}
</styles></renderer>
<blendMode>0</blendMode><layerOpacity>1</layerOpacity>
</maplayer></maplayers>
</qlr>
`;
  return new Representation(Buffer.from(xml), 'application/x-qgis-layer-definition; charset=utf-8');
}

interface Fill {
  readonly color: string;
  readonly style: 'solid' | 'f_diagonal' | 'b_diagonal';
}

const solid = (color: string): Fill => ({ color, style: 'solid' });

function hatched({ request: { theme } }: Answer, status: (typeof STATUSES)[number]): Fill[] {
  const hatch = hatchOf(status, theme);
  return hatch
    ? [{ color: hatch.color, style: hatch.pattern === 'rising' ? 'b_diagonal' : 'f_diagonal' }]
    : [];
}

function styleXml(
  { name, filter, fills }: { name: string; filter: string; fills: readonly Fill[] },
  { layer, outline }: { layer: string; outline: string },
): string {
  const line = { outline_style: 'solid', outline_color: rgba(outline), outline_width: `${OUTLINE_MM}` };
  const parts = fills.map(({ color, style }) => {
    const options = { color: rgba(color), style, outline_width_unit: 'MM', ...line };
    const entries = Object.entries(options).map(
      ([key, value]) => `<Option type="QString" name="${key}" value="${value}"/>`,
    );
    return `<layer class="SimpleFill" enabled="1" locked="0" pass="0"><Option type="Map">${entries.join('')}</Option></layer>`;
  });
  const attributes = `name="${escapeXml(name)}" layer="${escapeXml(layer)}" expression="${escapeXml(filter)}"`;
  return `<style ${attributes} geometry="2" enabled="1" min-zoom="-1" max-zoom="-1"><symbols><symbol type="fill" name="0" alpha="1" clip_to_extent="1" force_rhr="0">${parts.join('')}</symbol></symbols></style>`;
}

/** `#rrggbb` → `r,g,b,255` */
function rgba(color: string): string {
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return [...parts, 255].join();
}
