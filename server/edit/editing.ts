import type { TableLayer } from '../catalog/types.ts';
import type { Queryable } from '../db/types.ts';
import type { Sight } from '../sight/sight.ts';
import type { Editable } from './editable.ts';
import type { EditConfig, EditMaps } from './maps.ts';
import { readFacts, type Facts } from './facts.ts';
import { rowsOfState, seesDrafts, type RowsOfState } from './review/sight.ts';

export interface EditingNeeds {
  readonly db: Queryable;
  readonly maps: EditMaps;
  readonly catalog: {
    all(): readonly { readonly id: string; readonly type: string }[];
    ofRelation(relation: string, geometry?: string): TableLayer | undefined;
  };
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

  /** Where one feature of a layer is read, so that it can be changed: of what is reviewed, as far as one sees drafts. */
  tableFor(layer: TableLayer, sight: Sight): TableLayer | undefined {
    const editable = this.of(layer);
    return editable && (!editable.review || seesDrafts(editable, sight)) ? editable.table : undefined;
  }

  /**
   * What `review=` asks for of a layer that is reviewed, and the other parameters; of other layers it may be a column.
   * @throws AppError `invalid_parameter` (400), `unauthorized` (401), `forbidden` (403)
   */
  rowsFor<Value extends string | string[]>(
    layer: TableLayer,
    extra: Readonly<Record<string, Value>>,
    sight: Sight,
  ): { readonly rows?: RowsOfState; readonly extra: Readonly<Record<string, Value>> } {
    const { review, ...rest } = extra;
    const editable = review === undefined ? undefined : this.of(layer);
    if (review === undefined || !editable?.review) return { extra };
    return { rows: rowsOfState(editable, review, sight), extra: rest as Readonly<Record<string, Value>> };
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
    const { edit: config, base } = this.#needs.maps.layers[layer.id] ?? {};
    if (!config) return undefined;
    const known = this.#editables.get(layer);
    if (known !== undefined) return known;
    const table = base === undefined ? layer : this.#needs.catalog.ofRelation(base, layer.geometry.column);
    const found = problemOf(layer, table, base) ?? editable(layer, table!, config);
    this.#editables.set(layer, found);
    return found;
  }
}

/** @param table of its rows: itself where there is no `base` */
function problemOf(
  layer: TableLayer,
  table: TableLayer | undefined,
  base: string | undefined,
): string | undefined {
  const { key, geometry } = layer;
  if (!table) return `there is no ${base} with its geometry column`;
  if (table.kind !== 'table') return `${base ?? 'it'} is a ${table.kind}, and rows are written to tables`;
  if (base !== undefined && layer.kind !== 'view') return `it is a ${layer.kind}, and not a view of ${base}`;
  if (layer.access === 'role') return 'each role sees other rows of it';
  if (key?.columns.length !== 1) return 'it has no key of one column that is shown';
  if (!WRITABLE.test(geometry.type)) return `GeoJSON has no ${geometry.type}`;
  const others = layer.columns.filter(
    ({ name, type }) => !table.columns.some((column) => column.name === name && column.type === type),
  );
  if (others.length > 0)
    return `${base} has no ${others.map(({ name }) => name).join(', ')} of the same type`;
  return undefined;
}

function editable(
  layer: TableLayer,
  table: TableLayer,
  { columns, scope, review }: EditConfig,
): Editable | string {
  const shown = layer.columns.map(({ name }) => name);
  const strangers = (columns ?? []).filter((name) => !shown.includes(name));
  if (strangers.length > 0) return `it shows no column ${strangers.join(', ')}`;
  const state = review?.column;
  if (state !== undefined && table.columns.find(({ name }) => name === state)?.kind !== 'text')
    return `its table has no column ${state} of text`;
  const { schema, name, kind } = table;
  const key = layer.key!.columns[0]!;
  return {
    layer,
    table: { ...layer, schema, name, kind, estimatedRows: table.estimatedRows },
    key,
    columns:
      columns?.filter((each) => each !== state) ?? shown.filter((each) => each !== key && each !== state),
    scope,
    review,
  };
}
