import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/** Below this many bytes compression gains less than its headers cost. */
const MIN_COMPRESSIBLE = 256;
/** Brotli 5: within a few per cent of 11 for tiles, at a hundredth of its time. */
const BROTLI_QUALITY = 5;

type Encoding = 'br' | 'gzip' | 'identity';

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
  #gzip: Promise<Buffer> | undefined;
  #brotli: Promise<Buffer> | undefined;
  #compressedBytes = 0;

  constructor(
    body: Buffer,
    type: string,
    options: { tag?: string; headers?: Record<string, string>; stale?: boolean } = {},
  ) {
    this.body = body;
    this.type = type;
    this.tag = options.tag ?? contentTag(body);
    this.headers = options.headers ?? {};
    this.stale = options.stale ?? false;
  }

  /** Bytes that this answer holds in memory, all encodings together. */
  get size(): number {
    return this.body.length + this.#compressedBytes;
  }

  encoded(encoding: Encoding): Promise<Buffer> | Buffer {
    if (encoding === 'gzip') return (this.#gzip ??= this.#keep(gzipAsync(this.body)));
    if (encoding === 'br') {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: this.body.length,
      };
      return (this.#brotli ??= this.#keep(brotliAsync(this.body, { params })));
    }
    return this.body;
  }

  async #keep(compressing: Promise<Buffer>): Promise<Buffer> {
    const bytes = await compressing;
    this.#compressedBytes += bytes.length;
    return bytes;
  }
}

export function contentTag(body: Buffer | string): string {
  return createHash('sha1').update(body).digest('base64url').slice(0, 20);
}

/** Sends a representation: negotiated encoding, strong ETag, 304, 204 when it is empty. */
export async function send(
  req: Request,
  res: Response,
  representation: Representation,
  cacheControl: string,
): Promise<void> {
  const encoding = chooseEncoding(req, representation.body.length);
  const etag = `"${representation.tag}${encoding === 'identity' ? '' : `-${encoding}`}"`;
  res.setHeader('ETag', etag);
  res.setHeader('Cache-Control', cacheControl);
  res.vary('Accept-Encoding');
  for (const [name, value] of Object.entries(representation.headers)) res.setHeader(name, value);
  if (matches(req.headers['if-none-match'], etag)) {
    res.status(304).end();
    return;
  }
  if (representation.body.length === 0) {
    res.status(204).end();
    return;
  }
  const body = await representation.encoded(encoding);
  res.setHeader('Content-Type', representation.type);
  if (encoding !== 'identity') res.setHeader('Content-Encoding', encoding);
  res.setHeader('Content-Length', body.length);
  res.status(200).end(req.method === 'HEAD' ? undefined : body);
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
  const small = length < MIN_COMPRESSIBLE;
  // What browsers send; parsing it again for each tile would be work for nothing.
  if (header === 'gzip, deflate, br' || header === 'gzip, deflate, br, zstd')
    return small ? 'identity' : 'br';
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
  if (best === 0 || (plain !== undefined && plain > best) || (small && plain !== 0)) return 'identity';
  return br >= gz ? 'br' : 'gzip';
}

/** If-None-Match against one strong tag; the comparison is weak, as RFC 9110 §13.1.2 says. */
function matches(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  if (header === etag || header === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
