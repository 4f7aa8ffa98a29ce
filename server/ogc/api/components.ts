import { queryParameter, type Parameter } from './parameter.ts';

/** The parameters of collections. @param initial of `limit`, where it is absent @param most of it */
export function components(initial: number, most: number): Record<string, Parameter> {
  const uri = { type: 'string', format: 'uri' };
  const all = [
    queryParameter('f', 'json or html; what Accept says where absent', {
      type: 'string',
      enum: ['json', 'html'],
    }),
    queryParameter('limit', 'Features per page', {
      type: 'integer',
      minimum: 1,
      maximum: most,
      default: initial,
    }),
    queryParameter('bbox', 'A box, in CRS84 unless bbox-crs says otherwise', {
      type: 'array',
      oneOf: [
        { minItems: 4, maxItems: 4 },
        { minItems: 6, maxItems: 6 },
      ],
      items: { type: 'number' },
    }),
    queryParameter('bbox-crs', 'The system of bbox', uri),
    queryParameter('crs', 'The system that geometries are wanted in', uri),
    queryParameter('datetime', 'An instant, a day or an interval', { type: 'string' }),
    queryParameter('properties', 'Properties to carry', NAMES),
    queryParameter('skipGeometry', 'Leaves the geometry out', { type: 'boolean', default: false }),
    queryParameter('filter', 'CQL2: conditions on properties and the geometry', { type: 'string' }),
    queryParameter('filter-lang', 'What filter is written in', {
      type: 'string',
      enum: ['cql2-text', 'cql2-json'],
      default: 'cql2-text',
    }),
    queryParameter('filter-crs', 'The system of the geometries of filter', uri),
    queryParameter('sortby', 'Properties to order by, those with - in front from the highest', NAMES),
    queryParameter('cursor', 'From the next link of the page before', { type: 'string' }),
  ];
  return Object.fromEntries(all.map((parameter) => [parameter.name, parameter]));
}

export const NAMES = { type: 'array', minItems: 1, items: { type: 'string' } };
const text = { type: 'string' };
const links = { type: 'array', items: { $ref: '#/components/schemas/link' } };
export const SCHEMAS = {
  link: {
    type: 'object',
    required: ['href', 'rel', 'type'],
    properties: { href: text, rel: text, type: text, title: text },
  },
  linked: { type: 'object', required: ['links'], properties: { links } },
  feature: {
    type: 'object',
    required: ['type', 'geometry', 'properties'],
    properties: {
      type: { type: 'string', enum: ['Feature'] },
      id: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
      geometry: { type: 'object', nullable: true },
      properties: { type: 'object', nullable: true },
      links,
    },
  },
  featureCollection: {
    type: 'object',
    required: ['type', 'features'],
    properties: {
      type: { type: 'string', enum: ['FeatureCollection'] },
      features: { type: 'array', items: { $ref: '#/components/schemas/feature' } },
      links,
      numberMatched: { type: 'integer', minimum: 0 },
      numberReturned: { type: 'integer', minimum: 0 },
      timeStamp: { type: 'string', format: 'date-time' },
    },
  },
  problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'requestId'],
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: text,
      detail: text,
      requestId: text,
    },
  },
};
