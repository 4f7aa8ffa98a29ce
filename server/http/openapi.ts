import { z } from 'zod';
import { packageVersion } from '../tools/paths.ts';
import { ERRORS } from '../errors.ts';
import { json, send } from './answers/respond.ts';
import { route, type Route } from './routes.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  description?: string;
  example?: unknown;
  examples?: Readonly<Record<string, { summary: string; value: unknown }>>;
  schema: object;
  style?: 'form';
  explode?: boolean;
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { type: 'string', description: 'Where this code is explained' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { parameter: { type: 'string' }, value: {}, expected: { type: 'string' } },
      },
    },
  },
};

/** The OpenAPI 3.1 document of the routes, made from the very schemas that check their requests. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const entry of routes) {
    const path = entry.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[entry.method] = operation(entry);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chorograph',
      version,
      description: 'Vector tiles, GeoJSON, class breaks, legends and MapLibre styles from PostGIS.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: { schemas: { Problem: PROBLEM }, securitySchemes: SECURITY },
  };
}

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer' },
  header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
};

function operation(entry: Route): object {
  const query = parameters(entry.query, 'query');
  return {
    tags: [entry.tag],
    summary: entry.summary,
    operationId: `${entry.method}${entry.path.replace(/[^a-z]+(\w)/gi, (_, c: string) => c.toUpperCase()).replace(/\W/g, '')}`,
    parameters: [...parameters(entry.params, 'path'), ...query, ...openQuery(entry)],
    ...(entry.access ? { security: [{ bearer: [] }, { header: [] }] } : {}),
    ...(entry.body
      ? {
          requestBody: {
            required: true,
            content: Object.fromEntries(
              (entry.takes?.types ?? ['application/json']).map((type) => [
                type,
                { schema: z.toJSONSchema(entry.body as z.ZodObject, { io: 'input' }) },
              ]),
            ),
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(entry.responses).map(([status, response]) => [status, responseObject(response)]),
      ),
      default: {
        description: 'An error',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** The names that only the database knows, as one parameter that stands for all of them. */
function openQuery({ openQuery }: Route): Parameter[] {
  if (!openQuery) return [];
  const any: Parameter = {
    name: 'column',
    in: 'query',
    required: false,
    description: 'Any column or dimension by its own name: keeps what equals one of the values given',
    example: openQuery.example,
    schema: {
      type: 'object',
      additionalProperties: { type: ['string', 'array'], items: { type: 'string' } },
    },
    style: 'form',
    explode: true,
  };
  return [...parameters(openQuery.named, 'query'), any];
}

function responseObject({ description, content }: Route['responses'][number]): object {
  if (!content) return { description };
  return {
    description,
    content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])),
  };
}

/** What a parameter's schema says of itself. All `example`s of a route are valid together; what goes with others is `aside`. */
interface Described {
  description?: string;
  example?: unknown;
  aside?: unknown;
}

const ASIDE = 'Not together with the examples of all other parameters';

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Parameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, example, aside, ...rest } = property as Described;
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description ? { description } : {}),
      ...(example === undefined ? {} : { example }),
      ...(aside === undefined ? {} : { examples: { aside: { summary: ASIDE, value: aside } } }),
      schema: rest,
    };
  });
}

/** `GET /openapi.json`. @param all every route that there is, this one included */
export function openApiRoute(all: () => readonly Route[]): Route {
  return route({
    method: 'get',
    path: '/openapi.json',
    tag: 'operations',
    summary: 'This API as an OpenAPI 3.1 document',
    responses: { 200: { description: 'OpenAPI', content: { 'application/json': { type: 'object' } } } },
    handle: async (_request, res, req) => {
      await send(req, res, json(openApiDocument(all(), packageVersion())), 'public, max-age=60');
    },
  });
}
