import { z } from 'zod';
import { wholeNumber } from '../../http/requests/params.ts';
import { json } from '../../http/answers/respond.ts';
import { form, type Form } from '../forms/form.ts';
import { grafanaPanel, kibanaConfig } from './dashboards.ts';
import { regionOutlines } from './outlines.ts';
import { qgisLayer, qgisStyle } from './qgis.ts';
import { regionIds, regionMapping } from './terria.ts';

/** What Metabase takes, and others with the same limit. */
const DEFAULT_BYTES = 5_000_000;

/** Forms that one kind of client reads. */
export const CLIENT_FORMS: readonly Form[] = [
  form({
    name: 'style-qgis.json',
    summary: 'The style as QGIS understands it: a layer for each class, with a plain filter',
    type: 'application/json',
    make: ({ answer, base }) => json(qgisStyle(answer, base)),
  }),
  form({
    name: 'qgis.qlr',
    summary: 'A layer definition that QGIS opens by itself',
    type: 'application/x-qgis-layer-definition',
    make: ({ answer, base }) => qgisLayer(answer, base),
  }),
  form({
    name: 'regions.geojson',
    summary: 'The regions alone, with as much detail as fits into so many bytes: for Metabase and others',
    type: 'application/geo+json',
    params: z.object({
      maxbytes: wholeNumber(1_000, 100_000_000)
        .default(DEFAULT_BYTES)
        .meta({ description: 'Bytes of the file at most', example: '5000000' }),
    }),
    make: ({ answer, query }) => regionOutlines(answer, query.maxbytes),
  }),
  form({
    name: 'regionMapping.json',
    summary: 'The regions as TerriaJS finds them in tables of its users',
    type: 'application/json',
    make: ({ answer, base }) => json(regionMapping(answer, base)),
  }),
  form({
    name: 'region-ids.json',
    summary: 'Codes of the regions in the order of the tiles for TerriaJS',
    type: 'application/json',
    make: ({ answer }) => json(regionIds(answer)),
  }),
  form({
    name: 'kibana.yml',
    summary: 'The regions as a layer of region maps in Kibana’s configuration',
    type: 'application/yaml',
    make: ({ answer, base }) => kibanaConfig(answer, base),
  }),
  form({
    name: 'grafana.json',
    summary: 'The choropleth as a Geomap panel of Grafana',
    type: 'application/json',
    make: ({ answer, base }) => json(grafanaPanel(answer, base)),
  }),
];
