import { relationName, type Layer, type TableLayer } from '../catalog/types.ts';
import { contentTag } from '../http/answers/respond.ts';
import { UNKNOWN } from '../generations/tokens.ts';
import { renderingOf } from '../tools/rendering.ts';
import type { TilesContext as Context } from './context.ts';

/** What versions are made of. */
export type VersionParts = Pick<Context, 'generations' | 'pyramids' | 'memory' | 'config'>;

/** What `g=` in a tile URL must be for the answer to be immutable; undefined where a layer has no generation. */
export function tilesVersion(parts: VersionParts, layers: readonly Layer[]): string | undefined {
  const tokens = layers.map((layer) => (layer.type === 'table' ? layerVersion(parts, layer) : UNKNOWN));
  if (tokens.includes(UNKNOWN)) return undefined;
  return tokens.length === 1 ? tokens[0] : contentTag(tokens.join());
}

/**
 * The version of a layer's tiles: its token, and what of our own decides their bytes, from the program to the engine;
 * `0` where nothing tells that its data changed.
 */
export function layerVersion(parts: VersionParts, layer: TableLayer): string {
  if (layer.access === 'role') return UNKNOWN; // a policy may read anything
  const token = parts.generations.of(relationName(layer));
  if (token === UNKNOWN) return UNKNOWN;
  const engine = parts.memory.engineOf(layer, token);
  const cells = parts.pyramids.versionOf(layer) ?? '';
  const known = versions.get(layer);
  if (known?.token === token && known.engine === engine && known.cells === cells) return known.version;
  const own = contentTag([signatureOf(parts, layer), engine, cells].join());
  const version = `${token}-${own.slice(0, 10)}`;
  versions.set(layer, { token, engine, cells, version });
  return version;
}

/** The version of each layer that was asked for last: every request asks. */
const versions = new WeakMap<Layer, { token: string; engine: string; cells: string; version: string }>();

const signatures = new WeakMap<Layer, string>();

/**
 * What the layer is made of besides its data, how much of it fits a tile, and the program; not its row estimate,
 * which drifts.
 */
export function signatureOf({ config }: Pick<Context, 'config'>, layer: TableLayer): string {
  let signature = signatures.get(layer);
  if (signature === undefined) {
    signature = contentTag(JSON.stringify([renderingOf(config), { ...layer, estimatedRows: 0 }]));
    signatures.set(layer, signature);
  }
  return signature;
}
