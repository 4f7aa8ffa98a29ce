import type { ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { PUBLIC } from '../../sight/sight.ts';
import { MIN_COMPRESSIBLE, Representation, type Encoding } from './representation.ts';
import { cachingOf, sightOf } from './seeing.ts';

export { contentTag, contentTagger, isWorthFrame, Representation, type Encoding } from './representation.ts';

/** What answers a request for a representation, apart from the headers that every answer has. */
export interface Reply {
  status: 200 | 204 | 304;
  encoding: Encoding;
  /** Names and values in turn. `Vary` is not among them, as it may have to be joined with another. */
  headers: string[];
}

/** Negotiated encoding, strong ETag, 304, 204 for an empty answer. */
export function replyTo(
  request: Pick<Request, 'headers'>,
  representation: Representation,
  cacheControl: string,
): Reply {
  const encoding = chooseEncoding(request, representation.body.length);
  const known = knownTag(request.headers['if-none-match'], representation, encoding);
  const status = known !== undefined ? 304 : representation.body.length === 0 ? 204 : 200;
  return { status, encoding, headers: representation.headersOf(encoding, cacheControl, known) };
}

const firsts = new WeakMap<ServerResponse, readonly string[]>();

/**
 * Keeps headers for `send` to send before its own, names and values in turn, `Vary: Accept-Encoding` among them: written
 * all together they cost a third of what setting them one by one does.
 */
export function sendFirst(res: ServerResponse, headers: readonly string[] | undefined): void {
  if (headers) firsts.set(res, headers);
  else firsts.delete(res);
}

/** Sends a representation in reply to a request. */
export async function send(
  req: Request,
  res: Response,
  representation: Representation,
  cacheControl: string,
): Promise<void> {
  const shown = withSignature(res, representation);
  const first = firsts.get(res) ?? [];
  const isPlain = first.length > 0 && sightOf(res) === PUBLIC && res.getHeaderNames().length === 0;
  if (!isPlain) setAll(res, first);
  const { status, encoding, headers } = replyTo(req, shown, cachingOf(res, cacheControl));
  const made = status === 200 ? shown.encoded(encoding) : undefined;
  const body = made instanceof Promise ? await made : made;
  if (isPlain) {
    const all = [...first, ...headers];
    if (body) {
      all.push('Content-Length', String(body.length));
      cutIfStalled(res, body.length);
    }
    res.writeHead(status, all).end(req.method === 'HEAD' ? undefined : body);
    return;
  }
  res.vary('Accept-Encoding');
  setAll(res, headers);
  if (body) {
    res.setHeader('Content-Length', body.length);
    cutIfStalled(res, body.length);
  }
  res.status(status).end(req.method === 'HEAD' ? undefined : body);
}

function setAll(res: ServerResponse, headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i] as string, headers[i + 1] as string);
}

/** Links of a document to this host, which whoever came by a signed URL is to follow: they are signed as it was. */
function withSignature(res: Response, made: Representation): Representation {
  const { signed } = sightOf(res);
  if (signed === undefined || !made.type.includes('json')) return made;
  const text = made.body.toString().replaceAll(LINK, (all, link: string) => {
    if (!OWN_PATHS.some((path) => link.startsWith(signed.base + path)) || link.includes('sig=s1.'))
      return all;
    return `"${link}${link.includes('?') ? '&' : '?'}${signed.query}"`;
  });
  return new Representation(Buffer.from(text), made.type, { headers: made.headers });
}

/** A text of a JSON document that is a URL. */
const LINK = /"(https?:\/\/[^"\\]+)"/g;
/** Sprites are everybody's, and clients add an ending to their URL. */
const OWN_PATHS = ['/tiles/', '/features/', '/gis/choropleth/', '/ogc/'];

/** Bytes that go out at once even to a client that does not read; and how long one may read nothing of more. */
const LARGE_BYTES = 65_536;
const STALL_MS = 60_000;

/** Cuts off a client that stopped reading a large answer, which would be kept for it without end. */
export function cutIfStalled(res: ServerResponse, bytes: number, ms = STALL_MS): void {
  if (bytes > LARGE_BYTES) res.setTimeout(ms, () => res.destroy());
}

/** Bytes that clients get who accept an encoding, once it was asked for again: what is small is sent as it is. */
export async function sentBytes(made: Representation, encoding: Encoding): Promise<number> {
  return made.body.length < MIN_COMPRESSIBLE ? made.body.length : (await made.lasting(encoding)).length;
}

/** A JSON answer as a representation. */
export function json(
  value: unknown,
  type = 'application/json; charset=utf-8',
  headers?: Record<string, string>,
): Representation {
  return new Representation(Buffer.from(JSON.stringify(value)), type, headers ? { headers } : {});
}

/**
 * The best encoding that the client accepts (RFC 9110 §12.5.3): brotli before gzip at equal weight.
 * Small answers go as they are, unless that is refused.
 */
export function chooseEncoding(req: Pick<Request, 'headers'>, length: number): Encoding {
  const header = req.headers['accept-encoding'];
  if (length === 0 || !header) return 'identity';
  let choice = choices.get(header);
  if (!choice) {
    choice = { small: bestOf(header, true), large: bestOf(header, false) };
    if (header.length <= LONGEST_KEPT) choices.set(header, choice);
  }
  return length < MIN_COMPRESSIBLE ? choice.small : choice.large;
}

const LONGEST_KEPT = 100;
/** What was chosen for the headers that came last: there are a few, and reading one takes longer than a cached answer. */
const choices = new LRUCache<string, Readonly<Record<'small' | 'large', Encoding>>>({ max: 100 });

function bestOf(header: string | string[], isSmall: boolean): Encoding {
  const weights = new Map<string, number>();
  for (const part of String(header).toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, q ? Number(q.slice(2)) || 0 : 1);
  }
  const weight = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  const [br, gz] = [weight('br'), weight('gzip')];
  const best = Math.max(br, gz);
  const plain = weights.get('identity') ?? (weights.get('*') === 0 ? 0 : undefined);
  // Who refuses identity and everything else that there is gets it all the same.
  if (best === 0 || (plain !== undefined && plain > best) || (isSmall && plain !== 0)) return 'identity';
  return br >= gz ? 'br' : 'gzip';
}

/**
 * The tag of If-None-Match that is of the representation as it is now, undefined where none is: a cache takes the 304 to be of what it has
 * only by the very tag that it has. The comparison is weak, as RFC 9110 §13.1.2 says.
 */
function knownTag(
  header: string | undefined,
  representation: Representation,
  encoding: Encoding,
): string | undefined {
  if (!header) return undefined;
  if (header === '*') return representation.etag(encoding);
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.find((tag) => representation.isKnownAs(tag, encoding));
}
