import { ApiError } from '../api.ts';
import { h } from '../dom.ts';
import { fetchTile, tileAddress, tileFile, type LayerTiles, type Tile, type TileContents } from './client.ts';
import { dialog, table } from './parts.ts';
import { bytesText, featuresText, numberText, SAID, valueText } from './texts.ts';
import { nameOfTile } from './tile-grid.ts';

/** Features that are shown in words; all that the server tells are in its JSON. */
const SHOWN = 20;

/** What is in a tile: opened by pressing it. */
export class TileDialog {
  readonly #dialog = dialog('tile-dialog');
  readonly element = this.#dialog.element;
  #request = new AbortController();

  async open(layer: LayerTiles, tile: Tile): Promise<void> {
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    const title = SAID.tile(nameOfTile(tile));
    this.#dialog.show(title, h('p', { class: 'muted' }, '…'));
    try {
      const contents = await fetchTile(tileAddress(layer, tile, SHOWN), signal);
      if (signal.aborted || !this.element.open) return; // nobody waits for it any more
      this.#dialog.show(title, ...about(contents), links(layer, tile));
    } catch (error) {
      if (signal.aborted || !this.element.open) return;
      const words = error instanceof ApiError ? (error.detail ?? error.message) : SAID.failed;
      this.#dialog.show(title, h('p', {}, words || SAID.failed));
    }
  }
}

function about({ bytes, layers, truncated, features, type }: TileContents): HTMLElement[] {
  const isPicture = layers.length === 0 && bytes.identity > 0;
  const sizes = `${bytesText(bytes.identity)} ${SAID.raw}, ${SAID.compressed(bytesText(bytes.gzip), bytesText(bytes.br))}`;
  return [
    bytes.identity === 0
      ? h('p', {}, SAID.nothingInTile)
      : h('p', {}, isPicture ? SAID.picture(type) : featuresText(features), ` · ${sizes}`),
    ...(truncated ? [h('p', { class: 'legend-warning' }, SAID.truncated)] : []),
    ...layers.map(layerPart),
  ];
}

function layerPart(layer: TileContents['layers'][number]): HTMLElement {
  const { name, version, extent, features, geometries, attributes, collection } = layer;
  const kinds = Object.entries(geometries).map(
    ([kind, count]) => `${numberText(count)} ${SAID.geometries[kind] ?? kind}`,
  );
  const shown = collection.features;
  const names = attributes.map((attribute) => attribute.name);
  const rows = shown.map(({ id, properties }) => [
    valueText(id),
    ...names.map((each) => valueText((properties ?? {})[each])),
  ]);
  return h(
    'section',
    { class: 'tile-layer', 'aria-label': SAID.layer(name) },
    h('h3', {}, SAID.layer(name)),
    h('p', { class: 'muted' }, `${kinds.join(', ')} · ${SAID.about(version, extent)}`),
    attributes.length > 0 &&
      table(
        `${SAID.attributes}: ${name}`,
        [SAID.attribute, SAID.type, SAID.having],
        attributes.map((each) => [each.name, each.types.join(', '), numberText(each.features)]),
      ),
    shown.length > 0 && h('h4', {}, SAID.firstFeatures(shown.length, features)),
    shown.length > 0 &&
      table(`${SAID.layer(name)}: ${SAID.firstFeatures(shown.length, features)}`, ['id', ...names], rows),
  );
}

function links(layer: LayerTiles, tile: Tile): HTMLElement {
  return h(
    'p',
    { class: 'tile-links' },
    h('a', { href: tileAddress(layer, tile, 1000) }, SAID.asJson),
    h(
      'a',
      { href: tileFile(layer, tile), download: `${nameOfTile(tile).replaceAll('/', '-')}.mvt` },
      SAID.asFile,
    ),
  );
}
