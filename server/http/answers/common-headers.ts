import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import cors from 'cors';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { HttpConfig as Config } from '../settings.ts';
import { headLines } from './head.ts';

/** The headers that every answer has, as middleware and, for the hot path, as what that middleware writes. */
export interface CommonHeaders {
  readonly middleware: readonly RequestHandler[];
  /** What answers the preflight of a route that pages of other origins may send to. */
  readonly preflight: readonly RequestHandler[];
  /** For a GET of a representation from a page of this origin. */
  forOrigin(origin: string | undefined): Written;
}

/** Headers that are the same for many answers. */
export interface Written {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** The same as lines of a head. */
  readonly lines: string;
}

export function commonHeaders(config: Config): CommonHeaders {
  const safety = helmet(SECURITY) as RequestHandler; // headers that browsers are told safety by
  const reads = crossOrigin(config);
  const middleware = [safety, cors(reads) as RequestHandler]; // reads from other origins
  const preflight = [safety, cors({ ...reads, methods: ['POST', 'OPTIONS'] }) as RequestHandler];
  // What is written depends on the origin only in being listed or not.
  const listed = config.corsOrigins.includes('*') ? [] : config.corsOrigins;
  const known = new Map(listed.map((origin) => [origin, written(middleware, origin)]));
  const other = written(middleware, undefined);
  return {
    middleware,
    preflight,
    forOrigin: (origin) => (origin === undefined ? other : (known.get(origin) ?? other)),
  };
}

function written(middleware: readonly RequestHandler[], origin: string | undefined): Written {
  const req = new IncomingMessage(new Socket());
  req.method = 'GET';
  if (origin !== undefined) req.headers.origin = origin;
  const res = new ServerResponse(req);
  for (const handler of middleware) {
    let finished = false;
    void handler(req as Request, res as Response, () => (finished = true));
    if (!finished) throw new Error('common headers must be written at once');
  }
  res.appendHeader('Vary', 'Accept-Encoding'); // as `send` does
  // Node has it since 15.4; its type definitions, on another class only.
  const { getRawHeaderNames } = res as unknown as { getRawHeaderNames(): string[] };
  const names = getRawHeaderNames.call(res);
  const headers = names.flatMap((name) => [name, [res.getHeader(name)].flat().join(', ')]);
  return { headers, lines: headLines(headers) };
}

function crossOrigin({ corsOrigins }: Config): cors.CorsOptions {
  return {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'OPTIONS'],
    exposedHeaders: [
      'ETag',
      'X-Request-Id',
      'X-Tile-Truncated',
      'Link',
      'Accept-Ranges',
      'Content-Range',
      'Content-Crs',
      // When to come back, and how often one may: a map of another origin has nothing else to wait by.
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Next-Cursor',
    ],
    maxAge: 86_400,
  };
}

const SECURITY = {
  // Tiles and documents are made to be used by other sites' maps.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
  contentSecurityPolicy: {
    directives: {
      'script-src': ["'self'"],
      'worker-src': ["'self'", 'blob:'],
      'img-src': ["'self'", 'data:', 'blob:'],
      'connect-src': ["'self'"],
      // The server itself may be reached over plain HTTP; TLS is the proxy's matter.
      'upgrade-insecure-requests': null,
    },
  },
  strictTransportSecurity: false,
} satisfies Parameters<typeof helmet>[0];
