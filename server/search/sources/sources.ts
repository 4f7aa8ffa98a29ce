import { relationName, type Column, type TableLayer } from '../../catalog/types.ts';
import type { TextRules } from '../documents/documents.ts';
import type { Language } from '../words/stems.ts';
import type { IndexNeeds } from '../needs.ts';

/** A table that documents are read from. */
export interface RowSource {
  readonly id: string;
  readonly kind: 'region' | 'feature';
  readonly layer: TableLayer;
  readonly title: string;
  readonly code: string | undefined;
  readonly names: readonly string[];
  /** Columns, and how much the words of each count. */
  readonly text: Readonly<Record<string, number>>;
  readonly language: Language | undefined;
  /** A column of numbers; the extent of the geometry where there is none. */
  readonly rank: string | undefined;
  readonly context: readonly string[];
  /** The source of what its rows lie in, and the column that has the code there. */
  readonly parent: { readonly source: string; readonly column: string } | undefined;
}

/** What is said of the texts of its rows. */
export const rulesOf = ({ text, language }: RowSource): TextRules => ({
  language,
  weights: Object.values(text),
});

/** Columns that hold names, the likeliest first. */
const NAMES = ['name', 'nama', 'title', 'judul', 'label'];
const NUMBERS: readonly string[] = ['integer', 'bigint', 'number'];
/** Larger tables are found by name only where `maps.yaml` says so. */
const MOST_UNASKED = 200_000;

/** Whose rows are searched: region sets, what `maps.yaml` names, and layers with names. */
export function sourcesOf({ maps, catalog }: Pick<IndexNeeds, 'maps' | 'catalog'>): RowSource[] {
  const rows = [...regionSources({ maps, catalog }), ...namedSources({ maps, catalog })];
  const taken = new Set(rows.map(({ layer }) => relationName(layer)));
  for (const { table } of Object.values(maps.search)) taken.add(table);
  for (const layer of catalog.all()) {
    if (layer.type !== 'table' || isLeftOut(layer) || !layer.geometry.isFirst) continue;
    // Rows that are shown as cells are too many to be places, and may be people.
    const shown: { readonly pyramid?: unknown } = maps.layers[layer.id] ?? {};
    if (shown.pyramid !== undefined || taken.has(relationName(layer))) continue;
    const title = nameColumn(layer.columns);
    if (title === undefined || layer.estimatedRows > MOST_UNASKED) continue;
    taken.add(relationName(layer));
    rows.push({ ...plain(`rows:${layer.id}`, layer), title, code: codeColumn(layer.columns) });
  }
  return rows;
}

function regionSources({ maps, catalog }: Pick<IndexNeeds, 'maps' | 'catalog'>): RowSource[] {
  return Object.entries(maps.regions).flatMap(
    ([id, { table, geometry, code, name, parent }]): RowSource[] => {
      const layer = servable(catalog.ofRelation(table, geometry), [code, name]);
      if (!layer) return [];
      const above = parent && has(layer, parent.column) ? parent : undefined;
      return [
        {
          ...plain(`regions:${id}`, layer),
          kind: 'region',
          title: name,
          code,
          parent: above && { source: `regions:${above.set}`, column: above.column },
        },
      ];
    },
  );
}

function namedSources({ maps, catalog }: Pick<IndexNeeds, 'maps' | 'catalog'>): RowSource[] {
  return Object.entries(maps.search).flatMap(([id, { table, geometry, ...columns }]): RowSource[] => {
    const { title, code, names, text, language, context, rank } = columns;
    const layer = servable(catalog.ofRelation(table, geometry), [title]);
    if (!layer) return [];
    const known = (wanted: readonly string[]): string[] => wanted.filter((name) => has(layer, name));
    return [
      {
        ...plain(`search:${id}`, layer),
        title,
        code: code !== undefined && has(layer, code) ? code : undefined,
        names: known(names),
        text: Object.fromEntries(Object.entries(text).filter(([column]) => has(layer, column))),
        language,
        rank: layer.columns.find((one) => one.name === rank && NUMBERS.includes(one.kind))?.name,
        context: known(context),
      },
    ];
  });
}

const plain = (id: string, layer: TableLayer): Omit<RowSource, 'title'> => ({
  id,
  kind: 'feature',
  layer,
  code: undefined,
  names: [],
  text: {},
  language: undefined,
  rank: undefined,
  context: [],
  parent: undefined,
});

const has = (layer: TableLayer, column: string): boolean => layer.columns.some(({ name }) => name === column);

/** Of rows that each role sees others of there is no index that is right for all. */
const isLeftOut = ({ problem, access }: TableLayer): boolean => problem !== undefined || access === 'role';

function servable(layer: TableLayer | undefined, columns: readonly string[]): TableLayer | undefined {
  return layer && !isLeftOut(layer) && columns.every((column) => has(layer, column)) ? layer : undefined;
}

function nameColumn(columns: readonly Column[]): string | undefined {
  for (const name of NAMES) {
    const column = columns.find((one) => one.name.toLowerCase() === name && one.kind === 'text');
    if (column) return column.name;
  }
  return undefined;
}

function codeColumn(columns: readonly Column[]): string | undefined {
  return columns.find(({ name, kind }) => /^(code|kode)$/i.test(name) && kind === 'text')?.name;
}
