import type { ValueKind } from '../../catalog/types.ts';
import type { Collection } from '../collections/collections.ts';
import { REGION_TYPES } from '../../choropleth/public.ts';
import { chosenBy, FILTERS } from '../items/choropleth-request.ts';
import { itemsParams } from '../items/params.ts';
import { queryParameter, type Parameter } from './parameter.ts';

/** OpenAPI types of what can be asked for by its name; times and JSON cannot. */
const TYPES: Readonly<Partial<Record<ValueKind, object>>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  bigint: { type: 'integer', format: 'int64' },
  number: { type: 'number' },
  date: { type: 'string', format: 'date' },
  text: { type: 'string' },
};

/** The parameters that are the collection's own: properties to filter by, and what chooses the values of a choropleth. */
export function columnParameters(collection: Collection): Parameter[] {
  if (collection.kind === 'layer') {
    return collection.layer.columns.flatMap(({ name, kind, description }) => {
      const schema = TYPES[kind];
      if (!schema || Object.hasOwn(itemsParams.shape, name)) return [];
      return [queryParameter(name, description ?? `Features whose ${name} is this`, schema)];
    });
  }
  const { dimensions } = collection.choropleth.cube;
  const own = FILTERS.filter((name) => !dimensions.includes(name));
  return [
    ...dimensions.map((name) => queryParameter(name, `Values of this ${name}`, { type: 'string' })),
    ...Object.entries(chosenBy.shape).map(([name, { description }]) =>
      queryParameter(name, description ?? name, { type: 'string' }),
    ),
    ...own.map((name) => {
      const type = REGION_TYPES[name] === 'text' ? 'string' : REGION_TYPES[name];
      return queryParameter(name, `Regions whose ${name} is this`, { type });
    }),
  ];
}
