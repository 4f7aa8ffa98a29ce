import { createHash, hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync, type BrotliOptions } from 'node:zlib';
import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { PUBLIC } from '../../sight/sight.ts';
import { headLines } from './head.ts';
import { cachingOf, sightOf } from './seeing.ts';

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/** Below this many bytes compression gains less than its headers cost. */
const MIN_COMPRESSIBLE = 256;
/** Brotli 5: within a few per cent of 11 for tiles, at a hundredth of its time. */
const BROTLI_QUALITY = 5;
/**
 * Up to this many bytes are compressed at once, in half a millisecond at most: handing them to another thread takes
 * more of the processor than that, and where the processors are busy each way there waits for its turn.
 */
const AT_ONCE_BYTES = 32_768;

export type Encoding = 'br' | 'gzip' | 'identity';

/**
 * A finished answer: its bytes, and its compressed bytes once somebody asked for them.
 * Kept in caches and sent to many clients, so it never changes but for those memos.
 */
export class Representation {
  readonly body: Buffer;
  readonly type: string;
  /** Opaque validator without quotes; each encoding's ETag is derived from it, as strong ETags demand. */
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Made from older data than its key says, as the database is away: not to be kept. */
  readonly stale: boolean;
  /** The cache's key for it, where that names everything that changes the bytes. */
  cachedAs: string | undefined;
  /** Told when a compressed copy was made: a cache that holds this answer has grown by it. */
  onGrowth: (() => void) | undefined;
  readonly #lines: Partial<Record<Encoding, { cacheControl: string; lines: string }>> = {};
  readonly #compressed: { br?: Buffer | Promise<Buffer>; gzip?: Buffer | Promise<Buffer> } = {};

  constructor(
    body: Buffer,
    type: string,
    options: {
      readonly tag?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly stale?: boolean;
    } = {},
  ) {
    this.body = tight(body);
    this.type = type;
    this.tag = options.tag ?? contentTag(body);
    this.headers = options.headers ?? {};
    this.stale = options.stale ?? false;
  }

  /** Bytes that this answer holds in memory, all encodings together. */
  get size(): number {
    return this.body.length + (this.made('br')?.length ?? 0) + (this.made('gzip')?.length ?? 0);
  }

  /** The strong ETag of an encoding, quotes included. */
  etag(encoding: Encoding): string {
    return encoding === 'identity' ? `"${this.tag}"` : `"${this.tag}-${encoding}"`;
  }

  /** The headers of `headersOf` as lines of a head: made once, as it is asked for with the same `cacheControl` nearly always. */
  linesOf(encoding: Encoding, cacheControl: string): string {
    const known = this.#lines[encoding];
    if (known?.cacheControl === cacheControl) return known.lines;
    const lines = headLines(this.headersOf(encoding, cacheControl));
    this.#lines[encoding] = { cacheControl, lines };
    return lines;
  }

  /** Names and values in turn of what tells about these bytes. @param hasBody whether they are sent */
  headersOf(encoding: Encoding, cacheControl: string, hasBody = true): string[] {
    const headers = ['ETag', this.etag(encoding), 'Cache-Control', cacheControl];
    for (const name in this.headers) headers.push(name, this.headers[name] as string);
    if (!hasBody) return headers;
    headers.push('Content-Type', this.type);
    if (encoding !== 'identity') headers.push('Content-Encoding', encoding);
    return headers;
  }

  /** The bytes of an encoding where they are there already. */
  made(encoding: Encoding): Buffer | undefined {
    if (encoding === 'identity') return this.body;
    const bytes = this.#compressed[encoding];
    return bytes instanceof Buffer ? bytes : undefined;
  }

  /** The bytes of an encoding; compressed once, however many ask at the same time: at once where it is small. */
  encoded(encoding: Encoding): Promise<Buffer> | Buffer {
    if (encoding === 'identity') return this.body;
    return (this.#compressed[encoding] ??=
      this.body.length <= AT_ONCE_BYTES ? this.#compressAtOnce(encoding) : this.#compress(encoding));
  }

  /** Takes compressed bytes that another instance made. */
  adopt(encoding: 'br' | 'gzip', bytes: Buffer): void {
    this.#compressed[encoding] = tight(bytes);
  }

  #compressAtOnce(encoding: 'br' | 'gzip'): Buffer {
    const { body } = this;
    return this.#keep(encoding, encoding === 'br' ? brotliCompressSync(body, brotli(body)) : gzipSync(body));
  }

  async #compress(encoding: 'br' | 'gzip'): Promise<Buffer> {
    const { body } = this;
    try {
      return this.#keep(
        encoding,
        encoding === 'br' ? await brotliAsync(body, brotli(body)) : await gzipAsync(body),
      );
    } catch (error) {
      delete this.#compressed[encoding];
      throw error;
    }
  }

  #keep(encoding: 'br' | 'gzip', compressed: Buffer): Buffer {
    const bytes = tight(compressed);
    this.#compressed[encoding] = bytes;
    this.onGrowth?.();
    return bytes;
  }
}

function brotli(body: Buffer): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  };
}

/**
 * Bytes in memory of their own. Node cuts small buffers out of larger blocks, and zlib out of its
 * 16 kB chunks: who keeps such a piece for long keeps the whole block.
 */
function tight(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

const TAG_LENGTH = 20;

export function contentTag(body: Buffer | string): string {
  return hash('sha1', body, 'base64url').slice(0, TAG_LENGTH);
}

/** The `contentTag` of bytes that come one piece after the other. */
export function contentTagger(): { add(piece: Buffer): void; tag(): string } {
  const sum = createHash('sha1');
  return {
    add: (piece) => void sum.update(piece),
    tag: () => sum.digest('base64url').slice(0, TAG_LENGTH),
  };
}

/** Bytes that are summed up between two turns of the event loop: a twentieth of a millisecond. */
const TAGGED_PER_STEP = 32_768;

/** The `contentTag` of many bytes, in steps. */
export function* contentTagInSteps(body: Buffer): Generator<void, string> {
  const { add, tag } = contentTagger();
  for (let at = 0; at < body.length; at += TAGGED_PER_STEP) {
    if (at > 0) yield;
    add(body.subarray(at, at + TAGGED_PER_STEP));
  }
  return tag();
}

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
  const isMatch = matches(request.headers['if-none-match'], representation.etag(encoding));
  const status = isMatch ? 304 : representation.body.length === 0 ? 204 : 200;
  return { status, encoding, headers: representation.headersOf(encoding, cacheControl, status === 200) };
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

/** Bytes that clients get who accept an encoding: what is small is sent as it is. */
export async function sentBytes(made: Representation, encoding: Encoding): Promise<number> {
  return made.body.length < MIN_COMPRESSIBLE ? made.body.length : (await made.encoded(encoding)).length;
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

/** If-None-Match against one strong tag; the comparison is weak, as RFC 9110 §13.1.2 says. */
function matches(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  if (header === etag || header === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
