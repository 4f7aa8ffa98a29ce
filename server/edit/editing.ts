import type { TableLayer } from '../catalog/types.ts';
import type { Queryable } from '../db/types.ts';
import type { Scope } from '../security/public.ts';
import type { EditMaps } from './maps.ts';
import { readFacts, type Facts } from './facts.ts';

/** A layer that is edited. */
export interface Editable {
  readonly layer: TableLayer;
  /** The table of its rows, as a layer: what is written and locked. */
  readonly table: TableLayer;
  /** The column whose values are the ids of features. */
  readonly key: string;
  /** Columns that may be written, by name. */
  readonly columns: readonly string[];
  readonly scope: Scope;
}

export interface EditingNeeds {
  readonly db: Queryable;
  readonly maps: EditMaps;
  readonly catalog: { all(): readonly { readonly id: string; readonly type: string }[] };
}

/** GeoJSON has no arcs, surfaces or measures. */
const WRITABLE = /^(GEOMETRY|GEOMETRYCOLLECTION|(MULTI)?(POINT|LINESTRING|POLYGON))Z?$/;

/** Which layers are edited, and what is known of their tables. */
export class Editing {
  readonly #needs: EditingNeeds;
  readonly #editables = new WeakMap<TableLayer, Editable | string>();
  readonly #facts = new WeakMap<TableLayer, Promise<Facts>>();

  constructor(needs: EditingNeeds) {
    this.#needs = needs;
  }

  /** Whether `maps.yaml` says so of any layer. */
  get any(): boolean {
    return Object.values(this.#needs.maps.layers).some(({ edit }) => edit !== undefined);
  }

  /** Undefined where a layer is not edited. */
  of(layer: TableLayer): Editable | undefined {
    const found = this.#look(layer);
    return typeof found === 'object' ? found : undefined;
  }

  /** Layers that `maps.yaml` says are edited and cannot be, each with why. */
  problems(): { readonly layer: string; readonly reason: string }[] {
    return this.#needs.catalog.all().flatMap((layer) => {
      const found = layer.type === 'table' ? this.#look(layer as TableLayer) : undefined;
      return typeof found === 'string' ? [{ layer: layer.id, reason: found }] : [];
    });
  }

  /** What the table asks of its columns; read once for each description of the layer. */
  facts({ table }: Editable): Promise<Facts> {
    const known = this.#facts.get(table);
    if (known) return known;
    const reading = readFacts(this.#needs.db, table);
    this.#facts.set(table, reading);
    reading.catch(() => this.#facts.delete(table));
    return reading;
  }

  /** What was read is not what is there any more. */
  forget({ table }: Editable): void {
    this.#facts.delete(table);
  }

  #look(layer: TableLayer): Editable | string | undefined {
    const config = this.#needs.maps.layers[layer.id]?.edit;
    if (!config) return undefined;
    const known = this.#editables.get(layer);
    if (known !== undefined) return known;
    const found = problemOf(layer) ?? editable(layer, config);
    this.#editables.set(layer, found);
    return found;
  }
}

function problemOf(layer: TableLayer): string | undefined {
  const { kind, key, geometry } = layer;
  if (kind !== 'table') return `it is a ${kind}, and rows are written to tables`;
  if (layer.access === 'role') return 'each role sees other rows of it';
  if (key?.columns.length !== 1) return 'it has no key of one column that is shown';
  if (!WRITABLE.test(geometry.type)) return `GeoJSON has no ${geometry.type}`;
  return undefined;
}

function editable(
  layer: TableLayer,
  { columns, scope }: { readonly columns?: readonly string[] | undefined; readonly scope: Scope },
): Editable | string {
  const shown = layer.columns.map(({ name }) => name);
  const strangers = (columns ?? []).filter((name) => !shown.includes(name));
  if (strangers.length > 0) return `it shows no column ${strangers.join(', ')}`;
  const key = layer.key!.columns[0]!;
  return { layer, table: layer, key, columns: columns ?? shown.filter((name) => name !== key), scope };
}
