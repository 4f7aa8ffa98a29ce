import type { IncomingMessage } from 'node:http';
import { json as jsonParser, Router, type Request, type Response } from 'express';
import type { z } from 'zod';
import { AppError, shorten, type ErrorCode } from '../errors.ts';
import { PUBLIC, type Sight } from '../sight/sight.ts';
import { seeing } from './answers/seeing.ts';
import type { TileNow } from './answers/tile-now.ts';
import { faultsOf } from './requests/expected.ts';
import { clientSignal, withSignal } from './requests/with-signal.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options';
type Params = z.ZodObject | undefined;
type Parsed<Schema extends Params> = Schema extends z.ZodObject ? z.output<Schema> : Record<string, never>;

/** One endpoint: how it is reached, what it takes, what it answers. The OpenAPI document is made of these. */
export interface Route<P extends Params = Params, Q extends Params = Params, B extends Params = Params> {
  method: Method;
  /** Express path; parameters stand in `params`. */
  path: string;
  tag: string;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  /** What its body may be, and how long, where that is not `application/json` of a form's length. */
  takes?: Takes;
  /** The error of a body that is JSON and not of its shape; `malformed_body` where absent. */
  invalidBody?: ErrorCode;
  /** Names that `query` does not know, such as those of columns, are handed to the handler instead of being refused. */
  openQuery?: OpenQuery;
  /** Who may use it; everybody where absent. Asked before anything else of the request is looked at. */
  access?: { scope: string; check: (req: Request, res: Response) => Promise<void> };
  /** What a request may see; what is public where absent. Given to all routes together, where they are listed. */
  sightOf?: (req: Request) => Sight | Promise<Sight>;
  /** Pages of the origins that may read may send to it, too; without credentials of the browser, as all else. */
  fromOtherOrigins?: true;
  responses: Readonly<Record<number, { description: string; content?: Readonly<Record<string, object>> }>>;
  handle: (request: RouteRequest<P, Q, B>, res: Response, req: Request) => unknown;
  /**
   * The tile of a plain URL, for somebody without a key, where it can be had within this turn of the event loop, or is made in some of them of what
   * is in memory; undefined where `handle` has to be asked, which also tells what is wrong.
   */
  now?: (asked: AskedNow) => TileNow | Promise<TileNow> | undefined;
}

export interface AskedNow {
  /** The URL, and its path's parameters in turn. */
  readonly found: readonly string[];
  /** Without its question mark. */
  readonly query: string;
  readonly req: IncomingMessage;
  /** Fires when the client goes away before the answer is complete; made when it is asked for. */
  readonly signal: () => AbortSignal;
}

export interface Takes {
  /** Media types, all of them JSON unless it is streamed; one of them has to be said. */
  readonly types: readonly string[];
  readonly maxBytes: number;
  /** The handler reads it as it comes, and holds to `maxBytes`: `body` only describes it. */
  readonly isStreamed?: true;
}

export interface OpenQuery {
  /** A name with its value, for the OpenAPI document. */
  example: Readonly<Record<string, string>>;
  /** Names with a meaning of their own on some layers, where the handler checks them; described as any other. */
  named?: z.ZodObject;
}

export interface RouteRequest<P extends Params, Q extends Params, B extends Params> {
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  /** Query parameters that the schema does not name; only with `openQuery`. */
  extra: Readonly<Record<string, string | string[]>>;
  /** What it may see: lookups take it. */
  sight: Sight;
  /** Fires when the client goes away before the answer is complete. */
  signal: AbortSignal;
}

/** Keeps a route's schemas and its handler's types together. */
export function route<P extends Params, Q extends Params, B extends Params>(
  definition: Route<P, Q, B>,
): Route {
  return definition as unknown as Route;
}

/** Mounts the routes; a known path with another method gets 405 and `Allow`. */
export function mountRoutes(routes: readonly Route[]): Router {
  const router = Router({ caseSensitive: true });
  const methods = new Map<string, string[]>();
  for (const entry of routes) {
    methods.set(entry.path, [...(methods.get(entry.path) ?? []), entry.method.toUpperCase()]);
    router[entry.method](entry.path, (req, res) => answerRoute(entry, req, res));
  }
  for (const [path, known] of methods) {
    const allow = [...new Set([...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].join(', ');
    router.all(path, (req, res) => {
      res.setHeader('Allow', allow);
      throw new AppError('method_not_allowed', { detail: `${req.method} is not one of ${allow}` });
    });
  }
  return router;
}

/** Answers a request that is a route's, its `params` being read. @throws AppError what the request is refused for */
export async function answerRoute(entry: Route, req: Request, res: Response): Promise<void> {
  await entry.access?.check(req, res);
  const found = entry.sightOf?.(req) ?? PUBLIC;
  const sight = found instanceof Promise ? await found : found;
  seeing(res, sight);
  if (entry.takes?.isStreamed) checkType(entry.takes, req);
  else if (entry.body) await readBody(entry, req, res);
  try {
    await entry.handle(parseRequest(entry, req, res, sight), res, req);
  } catch (error) {
    throw sight.refusal && isMissing(error) ? sight.refusal : error;
  }
}

/** Whoever came with a token that is not good is told that, of what is closed and of what nobody ever had alike. */
const isMissing = (error: unknown): boolean => error instanceof AppError && error.status === 404;

/** Parameters of signed URLs. */
export const SIGNATURE = ['sig', 'exp'] as const;

/** Routes that do not say how much they take take a form's worth. What is JSON and no object is for the schema to refuse, with what would be right. */
const readForm = jsonParser({ limit: '64kb', strict: false });
const readers = new WeakMap<Takes, typeof readForm>();

function readerOf({ takes }: Route): typeof readForm {
  if (!takes) return readForm;
  const reader = readers.get(takes) ?? jsonParser({ limit: takes.maxBytes, type: () => true, strict: false });
  readers.set(takes, reader);
  return reader;
}

/** @throws AppError `bad_request` (400) where the type is not said, `unsupported_media_type` (415) */
function checkType({ types }: Takes, req: Request): void {
  const given = req.headers['content-type'];
  if (given === undefined)
    throw new AppError('bad_request', { detail: `Content-Type must be one of ${types.join(', ')}` });
  const type = given.split(';', 1)[0]!.trim().toLowerCase();
  if (!types.includes(type))
    throw new AppError('unsupported_media_type', {
      detail: `Content-Type must be one of ${types.join(', ')}`,
      given: shorten(type),
    });
}

function readBody(entry: Route, req: Request, res: Response): Promise<void> {
  if (entry.takes) checkType(entry.takes, req);
  const readJson = readerOf(entry);
  return new Promise((resolve, reject) => {
    readJson(req, res, (error?: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

function parseRequest(
  entry: Route,
  req: Request,
  res: Response,
  sight: Sight,
): RouteRequest<Params, Params, Params> {
  // Express parses the URL again each time that it is asked.
  const query = req.url.includes('?') ? req.query : {};
  // A signature says who asks, not what for.
  if (sight.signed !== undefined)
    for (const name of SIGNATURE) delete (query as Record<string, unknown>)[name];
  const { known, extra } = splitQuery(entry, query as Record<string, string | string[]>);
  return withSignal(() => clientSignal(res), {
    params: parse(entry.params, req.params, 'invalid_parameter') as never,
    query: parse(entry.query, known, 'invalid_parameter') as never,
    body: parse(
      entry.takes?.isStreamed ? undefined : entry.body,
      req.body,
      entry.invalidBody ?? 'malformed_body',
    ) as never,
    extra,
    sight,
  });
}

function splitQuery(entry: Route, query: Record<string, string | string[]>) {
  const names = Object.keys(entry.query?.shape ?? {});
  // Without prototypes, so that a parameter called __proto__ is one like any other.
  const known = Object.create(null) as Record<string, string | string[]>;
  const extra = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of Object.entries(query)) (names.includes(name) ? known : extra)[name] = value;
  const strangers = Object.keys(extra);
  if (!entry.openQuery && strangers.length > 0) {
    throw new AppError('unknown_parameter', {
      detail: `unknown parameter ${strangers.map((name) => shorten(name, 40)).join(', ')}`,
      errors: strangers.map((name) => ({
        parameter: shorten(name, 40),
        expected: `one of ${names.join(', ') || 'none'}`,
      })),
    });
  }
  return { known, extra };
}

/** Parameters that a handler checks itself, refused as those that a route checks. @throws AppError `invalid_parameter` */
export const readParams = <Schema extends z.ZodObject>(schema: Schema, input: unknown): z.output<Schema> =>
  parse(schema, input, 'invalid_parameter') as z.output<Schema>;

function parse(schema: Params, input: unknown, code: ErrorCode): unknown {
  if (!schema) return {};
  const { data, faults } = faultsOf(schema, input ?? {});
  if (!faults) return data;
  const errors = faults.map(({ path, expected }) => {
    const value = valueAt(input, path);
    const parameter = path.map(String).join('.') || 'the body';
    return { parameter, ...(value === undefined ? {} : { value: shorten(value) }), expected };
  });
  throw new AppError(code, {
    detail: errors.map((error) => `${error.parameter} must be ${error.expected}`).join('; '),
    errors,
  });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    input,
  );
}
