/** The map at hand as addresses that anybody can ask for. */
export interface Links {
  id: string;
  title: string;
  /** Where the server is, with no slash at the end. */
  base: string;
  /** The address of a form of the map, with what was set. */
  form(name: string, more?: Readonly<Record<string, string>>): string;
  embed: string;
}

/** Programs and pages that a map can be taken into; each snippet works as it is pasted. */
export const SNIPPETS: Readonly<Record<string, (links: Links) => string>> = {
  'iframe (HTML)': ({ embed, title }) =>
    `<iframe src="${html(embed)}" title="${html(title)}" width="800" height="560" style="border: 0"></iframe>`,
  'MapLibre GL JS': ({ form }) =>
    page(
      ['maplibre-gl@6/dist/maplibre-gl.css'],
      `import { Map } from 'https://unpkg.com/maplibre-gl@6/dist/maplibre-gl.mjs';

      const map = new Map({ container: 'map', style: ${js(form('style.json'))} });
      map.on('style.load', () => {
        const [west, south, east, north] = map.getStyle().metadata['chorograph:view'];
        map.fitBounds([west, south, east, north], { padding: 20, animate: false });
      });`,
    ),
  Leaflet: ({ form }) =>
    page(
      ['leaflet@1.9.4/dist/leaflet.css', 'leaflet@1.9.4/dist/leaflet.js'],
      `const map = L.map('map');
      Promise.all([fetch(${js(form(''))}), fetch(${js(form('style.json'))})].map((one) => one.then((r) => r.json())))
        .then(([regions, { metadata }]) => {
          const style = ({ properties }) => ({ fillColor: properties.color, fillOpacity: 1, color: '#fff', weight: 0.5 });
          const layer = L.geoJSON(regions, { style }).bindTooltip(({ feature: { properties } }) =>
            properties.name + ': ' + (properties.value ?? '–'));
          const [west, south, east, north] = metadata['chorograph:view'];
          map.fitBounds([[south, west], [north, east]]);
          layer.addTo(map);
        });`,
    ),
  OpenLayers: ({ form }) =>
    page(
      ['ol@10/ol.css', 'ol@10/dist/ol.js'],
      `const source = new ol.source.Vector({ url: ${js(form(''))}, format: new ol.format.GeoJSON() });
      const style = (region) => new ol.style.Style({
        fill: new ol.style.Fill({ color: region.get('color') }),
        stroke: new ol.style.Stroke({ color: '#fff', width: 0.5 }),
      });
      const view = new ol.View({ center: [0, 0], zoom: 1 });
      new ol.Map({ target: 'map', view, layers: [new ol.layer.Vector({ source, style })] });
      fetch(${js(form('style.json'))})
        .then((response) => response.json())
        .then(({ metadata }) => view.fit(ol.proj.transformExtent(metadata['chorograph:view'], 'EPSG:4326', 'EPSG:3857')));`,
    ),
  'deck.gl': ({ form }) =>
    page(
      ['@deck.gl/core@9/dist.min.js', '@deck.gl/layers@9/dist.min.js'],
      `const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
      Promise.all([fetch(${js(form(''))}), fetch(${js(form('style.json'))})].map((one) => one.then((r) => r.json())))
        .then(([regions, { center, zoom }]) => new deck.Deck({
          parent: document.getElementById('map'),
          initialViewState: { longitude: center[0], latitude: center[1], zoom },
          controller: true,
          layers: [new deck.GeoJsonLayer({
            data: regions,
            getFillColor: ({ properties }) => rgb(properties.color),
            getLineColor: [255, 255, 255],
            lineWidthMinPixels: 0.5,
            pickable: true,
          })],
          getTooltip: ({ object }) => object && object.properties.name + ': ' + (object.properties.value ?? '–'),
        }));`,
    ),
  'QGIS (Python console)': ({ form, title }) => `# Plugins > Python Console
from qgis.core import QgsVectorLayer, QgsProject, QgsFillSymbol, QgsProperty, QgsSymbolLayer

layer = QgsVectorLayer(${python(form(''))}, ${python(title)}, 'ogr')
symbol = QgsFillSymbol.createSimple({'outline_color': 'white', 'outline_width': '0.1'})
symbol.symbolLayer(0).setDataDefinedProperty(QgsSymbolLayer.PropertyFillColor, QgsProperty.fromField('color'))
layer.renderer().setSymbol(symbol)
QgsProject.instance().addMapLayer(layer)`,
  R: ({ form }) => `# install.packages("sf")
library(sf)
regions <- st_read(${js(form(''))})
plot(st_geometry(regions), col = regions$color, border = "white", lwd = 0.3)`,
  Python: ({ form }) => `import json
from urllib.request import urlopen

with urlopen(${python(form('values.json'))}) as answer:
    values = json.load(answer)
rows = [dict(zip(values["columns"], row)) for row in values["rows"]]
print(values["title"], len(rows))
for row in sorted((r for r in rows if r["value"] is not None), key=lambda r: -r["value"])[:10]:
    print(row["code"], row["name"], row["value"])`,
  curl: ({ form, id }) => `curl -sS --fail -o ${shell(`${id}.csv`)} ${shell(form('values.csv'))}
head -n 5 ${shell(`${id}.csv`)}`,
  TileJSON: ({ form }) => form('tiles.json'),
};

/** A page that loads files of packages and runs a script, which has an element `map` of the size of the window. */
function page(files: readonly string[], script: string): string {
  const loaded = files.map((file) => `https://unpkg.com/${file}`);
  const tags = loaded.map((url) =>
    url.endsWith('.css') ? `<link rel="stylesheet" href="${url}" />` : `<script src="${url}"></script>`,
  );
  return `<!doctype html>
<html>
  <head>
    <meta charset="utf-8" />
    ${tags.join('\n    ')}
  </head>
  <body style="margin: 0">
    <div id="map" style="height: 100vh"></div>
    <script type="module">
      ${script}
    </script>
  </body>
</html>`;
}

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
/** As a text of JavaScript within a page: no text may end the script. */
const js = (text: string): string => JSON.stringify(text).replaceAll('<', '\\u003c');
const python = (text: string): string => JSON.stringify(text);
const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
