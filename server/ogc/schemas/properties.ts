import type { Column, TableLayer, ValueKind } from '../../catalog/types.ts';
import { REGION_TYPES, type Choropleth, type RegionProperty } from '../../choropleth/public.ts';
import type { Collection } from '../collections/collections.ts';
import type { OgcContext } from '../context.ts';
import { timeColumn } from '../items/datetime.ts';

/** A property of a collection's features, as JSON Schema has it. */
export type PropertySchema = Readonly<Record<string, unknown>>;

/** Properties by their names, the geometry among them. */
export type Properties = Readonly<Record<string, PropertySchema>>;

const TYPES: Readonly<Record<ValueKind, PropertySchema>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  bigint: { type: 'integer', format: 'int64' },
  number: { type: 'number' },
  date: { type: 'string', format: 'date' },
  // Without a time zone it is no date-time of RFC 3339.
  timestamp: { type: 'string' },
  timestamptz: { type: 'string', format: 'date-time' },
  text: { type: 'string' },
  json: {},
};

/** What the features of a collection have. */
export function propertiesOf(collection: Collection): Properties {
  if (collection.kind === 'choropleth') return regionProperties(collection.choropleth);
  const { layer } = collection;
  const [id] = layer.key?.columns.length === 1 ? layer.key.columns : [];
  const time = timeColumn(layer);
  const columns = layer.columns.map((column): [string, PropertySchema] => [
    column.name,
    {
      ...columnSchema(column),
      ...(column.name === id ? { 'x-ogc-role': 'id' } : {}),
      ...(column === time ? { 'x-ogc-role': 'primary-instant' } : {}),
    },
  ]);
  return { ...geometryProperty(layer), ...Object.fromEntries(columns) };
}

function columnSchema({ name, type, kind, description }: Column): PropertySchema {
  const format = type === 'uuid' ? { format: 'uuid' } : {};
  return { title: name, ...(description ? { description } : {}), ...TYPES[kind], ...format };
}

const REGION_TITLES: Readonly<Record<RegionProperty, string>> = {
  code: 'Code of the region',
  name: 'Name of the region',
  parent: 'Code of the region above it',
  value: 'The value that is shown',
  numerator: 'What the value is made of',
  denominator: 'What it is divided by',
  from: 'Value of the first period of a change',
  to: 'Value of the second period of a change',
  class: 'Class of the value, from 0',
  color: 'Colour of the class',
  rank: 'Rank of the value, 1 for the highest',
  status: 'Whether there is a value, and why not',
};

function regionProperties({ levels: [{ layer }] }: Choropleth): Properties {
  const columns = Object.entries(REGION_TYPES).map(([name, type]): [string, PropertySchema] => [
    name,
    {
      title: REGION_TITLES[name as RegionProperty],
      ...TYPES[type],
      ...(name === 'code' ? { 'x-ogc-role': 'id' } : {}),
      ...(name === 'status' ? { enum: ['ok', 'no_data', 'suppressed', 'unreliable'] } : {}),
    },
  ]);
  return { ...geometryProperty(layer), ...Object.fromEntries(columns) };
}

/** Formats of geometries (OGC API – Features – Part 5), by the word that PostGIS has for their type. */
const FORMATS: Readonly<Record<string, string>> = {
  POINT: 'geometry-point',
  MULTIPOINT: 'geometry-multipoint',
  LINESTRING: 'geometry-linestring',
  MULTILINESTRING: 'geometry-multilinestring',
  POLYGON: 'geometry-polygon',
  MULTIPOLYGON: 'geometry-multipolygon',
  GEOMETRYCOLLECTION: 'geometry-geometrycollection',
};

/** By the name that filters know it by where that is no column's, else by its column's. */
function geometryProperty({ geometry, columns }: TableLayer): Properties {
  const name = columns.some((column) => column.name === 'geometry') ? geometry.column : 'geometry';
  const format = FORMATS[geometry.type.replace(/Z?M?$/, '')] ?? 'geometry-any';
  return { [name]: { title: 'Geometry', format, 'x-ogc-role': 'primary-geometry' } };
}

/** Of what is edited, the properties that are not say so. */
export function withReadOnly(
  { editing }: Pick<OgcContext, 'editing'>,
  collection: Collection,
  properties: Properties,
): Properties {
  const edited = collection.kind === 'layer' ? editing.of(collection.layer) : undefined;
  if (!edited) return properties;
  const isWritten = (name: string, schema: PropertySchema): boolean =>
    schema['x-ogc-role'] === 'primary-geometry' || edited.columns.includes(name);
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      isWritten(name, schema) ? schema : { ...schema, readOnly: true },
    ]),
  );
}

/** Properties that features can be ordered by: no geometry, and nothing without an order. */
export function sortableColumns(layer: TableLayer): readonly Column[] {
  return layer.columns.filter(({ kind }) => kind !== 'json');
}
