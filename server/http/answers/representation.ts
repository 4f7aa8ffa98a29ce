import { createHash, hash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync, type BrotliOptions } from 'node:zlib';
import { Frame, type FrameHead, type Framing } from './frame.ts';
import { headLines, ONE_PIECE_BYTES } from './head.ts';

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/** Below this many bytes compression gains less than its headers cost. */
export const MIN_COMPRESSIBLE = 256;
/** Brotli 5: within a few per cent of 11 for tiles, at a hundredth of its time. */
const BROTLI_QUALITY = 5;
/**
 * Of vector tiles: they are mostly numbers, of which 5 leaves 5 % less than 1 (of points' names 15 %), in 3 to 5 times
 * the time, which is more than making the tile takes. One that is asked for again is compressed the better way, for all who ask from then on.
 */
const QUICK_QUALITY = 1;
/** What a tile and its TileJSON are to a client, whichever capability makes them. */
export const MVT = 'application/vnd.mapbox-vector-tile';
/**
 * Up to this many bytes are compressed at once, in half a millisecond at most: handing them to another thread takes
 * more of the processor than that, and where the processors are busy each way there waits for its turn.
 */
const AT_ONCE_BYTES = 32_768;

/** One at a time: whichever is asked for when there is time for it. */
let isImproving = false;

/** What a head takes, about. */
const HEAD_BYTES = 1_500;

export type Encoding = 'br' | 'gzip' | 'identity';

/**
 * A finished answer: its bytes, and its compressed bytes once somebody asked for them.
 * Kept in caches and sent to many clients, so it never changes but for those memos.
 */
export class Representation implements Framing<Encoding> {
  readonly type: string;
  /** Opaque validator without quotes; each encoding's ETag is derived from it, as strong ETags demand. */
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Made from older data than its key says, as the database is away: not to be kept. */
  readonly stale: boolean;
  /** The cache's key for it, where that names everything that changes the bytes. */
  cachedAs: string | undefined;
  /** Told when a compressed copy was made: a cache that holds this answer has changed its size by it. */
  onGrowth: (() => void) | undefined;
  readonly #frames: Partial<Record<Encoding, Frame | undefined>> = {};
  readonly #lines: Partial<Record<Encoding, { cacheControl: string; lines: string }>> = {};
  #body: Buffer;
  readonly #compressed: { br?: Buffer | Promise<Buffer>; gzip?: Buffer | Promise<Buffer> } = {};
  /** Whether its brotli copy is, or would be, the one that is soon made. */
  #isQuick: boolean;

  constructor(
    body: Buffer,
    type: string,
    options: {
      readonly tag?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly stale?: boolean;
    } = {},
  ) {
    this.#body = tight(body);
    this.type = type;
    this.tag = options.tag ?? (body.length === 0 ? EMPTY_TAG : contentTag(body));
    this.headers = options.headers ?? {};
    this.stale = options.stale ?? false;
    this.#isQuick = type === MVT;
  }

  get body(): Buffer {
    return this.#body;
  }

  /** Bytes that this answer holds in memory, all encodings together, with the heads that they may get. */
  get size(): number {
    return held(this.body) + held(this.made('br')) + held(this.made('gzip'));
  }

  /** The strong ETag of an encoding, quotes included: another once its bytes are others. */
  etag(encoding: Encoding): string {
    return encoding === 'br' && this.#isQuick ? this.#quickTag : this.#lastingTag(encoding);
  }

  /** Whether an ETag, quotes included, is of this very answer in that encoding, however well it was compressed. */
  isKnownAs(etag: string, encoding: Encoding): boolean {
    return etag === this.#lastingTag(encoding) || (encoding === 'br' && etag === this.#quickTag);
  }

  #lastingTag(encoding: Encoding): string {
    return encoding === 'identity' ? `"${this.tag}"` : `"${this.tag}-${encoding}"`;
  }

  get #quickTag(): string {
    return `"${this.tag}-br1"`;
  }

  /** The headers of `headersOf` as lines of a head: made once, as it is asked for with the same `cacheControl` nearly always. */
  linesOf(encoding: Encoding, cacheControl: string): string {
    const known = this.#lines[encoding];
    if (known?.cacheControl === cacheControl) return known.lines;
    const lines = headLines(this.headersOf(encoding, cacheControl));
    this.#lines[encoding] = { cacheControl, lines };
    return lines;
  }

  /** Names and values in turn of what tells about these bytes. @param known the ETag that the client has them by, and need not be sent them */
  headersOf(encoding: Encoding, cacheControl: string, known?: string): string[] {
    const headers = ['ETag', known ?? this.etag(encoding), 'Cache-Control', cacheControl];
    for (const name in this.headers) headers.push(name, this.headers[name] as string);
    if (known !== undefined || this.body.length === 0) return headers;
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

  /** The same where they stay as they are, so that other instances may have them. */
  madeForAll(encoding: Encoding): Buffer | undefined {
    return encoding === 'br' && this.#isQuick ? undefined : this.made(encoding);
  }

  /** The bytes of an encoding; compressed once, however many ask at the same time: at once where it is small. */
  encoded(encoding: Encoding): Promise<Buffer> | Buffer {
    if (encoding === 'identity') return this.body;
    const made = this.#compressed[encoding];
    if (made === undefined)
      return (this.#compressed[encoding] =
        this.body.length <= AT_ONCE_BYTES ? this.#compressAtOnce(encoding) : this.#compress(encoding));
    if (this.#isQuick && made === this.made('br') && !isImproving) void this.#improve();
    return made;
  }

  /** The bytes of an encoding that stay, made now where they are not. */
  async lasting(encoding: Encoding): Promise<Buffer> {
    if (encoding === 'br' && this.#isQuick) await this.#improve();
    return this.encoded(encoding);
  }

  /** Bytes of an encoding that are made, with a head before them: from then on they are kept in one piece with it. */
  frame(encoding: Encoding, head: FrameHead): Frame {
    const known = this.#frames[encoding];
    if (known?.fits(head)) return known;
    const frame = new Frame(head, this.made(encoding)!);
    if (encoding === 'identity') this.#body = frame.body;
    else this.#compressed[encoding] = frame.body;
    return (this.#frames[encoding] = frame);
  }

  leaveFrame(encoding: Encoding): void {
    this.#frames[encoding] = undefined;
  }

  /** Takes compressed bytes that another instance made. */
  adopt(encoding: 'br' | 'gzip', bytes: Buffer): void {
    this.#compressed[encoding] = tight(bytes);
    if (encoding === 'br') this.#isQuick = false;
  }

  #compressAtOnce(encoding: 'br' | 'gzip'): Buffer {
    const { body } = this;
    return this.#keep(
      encoding,
      encoding === 'br' ? brotliCompressSync(body, this.#brotli()) : gzipSync(body),
    );
  }

  #brotli(): BrotliOptions {
    return brotli(this.body, this.#isQuick ? QUICK_QUALITY : BROTLI_QUALITY);
  }

  /** Compresses it better, in a thread that nobody waits for. */
  async #improve(): Promise<void> {
    isImproving = true;
    const better = await brotliAsync(this.body, brotli(this.body, BROTLI_QUALITY)).catch(() => undefined);
    isImproving = false;
    if (!better || !this.#isQuick) return;
    this.#isQuick = false;
    delete this.#lines.br;
    delete this.#frames.br;
    this.#keep('br', better);
  }

  async #compress(encoding: 'br' | 'gzip'): Promise<Buffer> {
    const { body } = this;
    const isQuick = encoding === 'br' && this.#isQuick;
    try {
      const made = encoding === 'br' ? await brotliAsync(body, this.#brotli()) : await gzipAsync(body);
      // Who waits for it was told its tag; the better one, which came before it, stays.
      return isQuick && !this.#isQuick ? made : this.#keep(encoding, made);
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

/** Whether bytes are large enough to be worth a frame: smaller ones would take twice their memory. */
export function isWorthFrame(body: Buffer): boolean {
  return body.length > ONE_PIECE_BYTES;
}

function held(body: Buffer | undefined): number {
  if (!body) return 0;
  return body.length + (isWorthFrame(body) ? HEAD_BYTES : 0);
}

function brotli(body: Buffer, quality: number): BrotliOptions {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
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

/** A third of all tiles may be empty. */
const EMPTY_TAG = contentTag('');

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
