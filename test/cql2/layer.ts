import type { TableLayer, ValueKind } from '../../server/catalog/types.ts';

const KINDS: Readonly<Record<string, ValueKind>> = {
  boolean: 'boolean',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'bigint',
  real: 'number',
  'double precision': 'number',
  numeric: 'number',
  date: 'date',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  jsonb: 'json',
};

/** A layer of points with columns of these types, as the catalogue would have it. */
export function layerOf(columns: Readonly<Record<string, string>>): TableLayer {
  return {
    id: 'things',
    schema: 'public',
    name: 'things',
    title: 'Things',
    description: undefined,
    problem: undefined,
    type: 'table',
    kind: 'table',
    geometry: {
      column: 'geom',
      isFirst: true,
      srid: 4326,
      type: 'POINT',
      isGeography: false,
      hasIndex: true,
      sridAssumed: false,
    },
    columns: Object.entries(columns).map(([name, type]) => ({
      name,
      type,
      kind: type.endsWith('[]') ? 'json' : (KINDS[type] ?? 'text'),
    })),
    key: undefined,
    estimatedRows: -1,
  };
}
