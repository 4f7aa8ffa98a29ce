import { stringify } from 'yaml';
import { Representation } from '../../http/answers/respond.ts';
import type { Answer } from '../answer.ts';
import { creditsOf } from '../forms/captions.ts';
import { statusEntries } from '../forms/document.ts';
import { legendOf } from '../legend/model.ts';

/** Lines of `kibana.yml` that offer the regions to its region maps, to be joined by code or by name. */
export function kibanaConfig({ request, regions }: Answer, base: string): Representation {
  const { choropleth } = request;
  const attribution = creditsOf(request);
  const layer = {
    name: `${regions.set.label} (${choropleth.title})`,
    url: `${base}/gis/choropleth/${choropleth.id}/regions.geojson?level=${encodeURIComponent(regions.set.id)}`,
    ...(attribution ? { attribution } : {}),
    fields: [
      { name: 'code', description: `Code (${regions.set.label})` },
      { name: 'name', description: `Name (${regions.set.label})` },
    ],
  };
  const text = stringify({ 'map.regionmap': { layers: [layer] } });
  return new Representation(Buffer.from(text), 'application/yaml; charset=utf-8');
}

/** A panel of Grafana (Geomap, 9 and newer) that draws the choropleth: a style rule for each class. */
export function grafanaPanel(answer: Answer, base: string): Record<string, unknown> {
  const { choropleth } = answer.request;
  const { heading, classes } = legendOf(answer, { locale: 'en' });
  const query = new URLSearchParams(answer.parameters).toString();
  const style = (color: string) => ({ color: { fixed: color }, opacity: 0.9, lineWidth: 0.5 });
  const rule = (property: string, value: number | string, color: string) => ({
    check: { property, operation: 'eq', value },
    style: style(color),
  });
  return {
    type: 'geomap',
    title: `${choropleth.title}: ${heading}`,
    description: classes.map(({ label, color }) => `${label}: ${color}`).join('; '),
    gridPos: { h: 12, w: 24, x: 0, y: 0 },
    targets: [],
    options: {
      view: { id: 'fit', allLayers: true, lat: 0, lon: 0, zoom: 1 },
      controls: { showZoom: true, showAttribution: true, mouseWheelZoom: true },
      basemap: { type: 'default', name: 'Basemap' },
      layers: [
        {
          type: 'geojson',
          name: choropleth.title,
          tooltip: true,
          config: {
            src: `${base}/gis/choropleth/${choropleth.id}?${query}`,
            rules: [
              ...classes.map(({ id, color }) => rule('class', id, color)),
              ...statusEntries(answer).map(({ status, color }) => rule('status', status, color)),
            ],
            style: style(answer.noDataColor),
          },
        },
      ],
    },
  };
}
