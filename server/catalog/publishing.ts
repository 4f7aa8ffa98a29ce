import { guarded, ruled, type Access } from '../sight/access.ts';
import type { LayerConfig, LayerMaps } from './maps.ts';
import type { Layer, TableLayer } from './types.ts';

/**
 * Who may see a layer: what its entry says, else the first pattern that its id or its relation fits; where only what
 * is listed is published, nobody sees the rest.
 */
export function accessOf(
  { access: rules, publish }: Pick<LayerMaps, 'access' | 'publish'>,
  id: string,
  relation: string,
  entry: Pick<LayerConfig, 'access'> | undefined,
): { readonly access?: Access } {
  const said = entry?.access ?? ruled(rules, [id, relation]);
  return guarded(said ?? (publish === 'listed' && entry === undefined ? 'nobody' : undefined));
}

/** A layer as if the database did not have these columns; a key that is among them tells no rows apart. */
export function withoutColumns<Some extends Layer>(layer: Some, names: readonly string[]): Some {
  if (layer.type !== 'table' || names.length === 0) return layer;
  const { columns, key }: TableLayer = layer;
  const isKeyShown = !key?.columns.some((name) => names.includes(name));
  return {
    ...layer,
    columns: columns.filter(({ name }) => !names.includes(name)),
    key: key && isKeyShown ? withoutInteger(key, names) : undefined,
  };
}

const withoutInteger = (key: NonNullable<TableLayer['key']>, names: readonly string[]) =>
  key.integer !== undefined && names.includes(key.integer) ? { ...key, integer: undefined } : key;
