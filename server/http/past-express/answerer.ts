import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { answerFramed } from '../answers/frame.ts';
import { answerEmpty, answerWhole, headLines, requestIdLine } from '../answers/head.ts';
import type { CommonHeaders } from '../answers/common-headers.ts';
import {
  chooseEncoding,
  cutIfStalled,
  isWorthFrame,
  replyTo,
  type Encoding,
  type Representation,
} from '../answers/respond.ts';
import type { TileTold } from '../answers/tile-now.ts';
import type { CacheOutcome } from '../cache/response-cache.ts';
import type { HttpContext as Context } from '../context.ts';
import { logAnswer, requestIdOf } from '../requests/request-log.ts';

/** A tile that is sent past Express. */
export interface Sending extends TileTold {
  readonly tile: Representation;
  readonly cache: CacheOutcome;
  /** The pattern of its route. */
  readonly route: string;
  /** `performance.now()` when it was asked for. */
  readonly started: number;
}

/** What is sent of a tile. */
interface Answer {
  readonly encoding: Encoding;
  readonly lines: string;
  readonly body: Buffer;
}

/** How a request ended. */
interface Told {
  readonly requestId: string;
  readonly status: number;
  readonly route: string;
  readonly started: number;
  readonly served: Sending | undefined;
}

/**
 * Sends tiles that are at hand, with the very headers, log line and events of their routes. Nothing is waited for, so nobody has to be
 * told when the client goes away; what is the same for all is made once.
 */
export class Answerer {
  readonly #ctx: Pick<Context, 'observe'>;
  readonly #log: Logger;
  readonly #common: CommonHeaders;

  constructor(ctx: Pick<Context, 'observe'>, log: Logger, common: CommonHeaders) {
    this.#ctx = ctx;
    this.#log = log;
    this.#common = common;
  }

  /** @param otherwise answers it another way, where it cannot be compressed */
  send(req: IncomingMessage, res: ServerResponse, sending: Sending, otherwise: () => void): void {
    const { tile, cacheControl } = sending;
    if (req.headers['if-none-match'] !== undefined || tile.body.length === 0) {
      const reply = replyTo(req, tile, cacheControl);
      if (reply.status !== 200) {
        this.#withoutBody(req, res, sending, reply.status, headLines(reply.headers));
        return;
      }
    }
    const encoding = chooseEncoding(req, tile.body.length);
    const lines = tile.linesOf(encoding, cacheControl);
    const body = tile.encoded(encoding);
    if (body instanceof Promise)
      void body.then((made) => this.#answer(req, res, sending, { encoding, lines, body: made }), otherwise);
    else this.#answer(req, res, sending, { encoding, lines, body });
  }

  /** Tells of a client that went away before there was a tile for it. */
  tellGone(req: IncomingMessage, route: string, started: number): void {
    this.#tell(req, { requestId: requestIdOf(req), status: 499, route, started, served: undefined });
  }

  #withoutBody(
    req: IncomingMessage,
    res: ServerResponse,
    sending: Sending,
    status: 204 | 304,
    lines: string,
  ): void {
    const requestId = requestIdOf(req);
    const common = this.#common.forOrigin(req.headers.origin);
    const isGone = res.destroyed;
    answerEmpty(res, status, requestIdLine(requestId) + common.lines + lines);
    const { route, started } = sending;
    this.#tell(req, { requestId, status: isGone ? 499 : status, route, started, served: sending });
  }

  #answer(req: IncomingMessage, res: ServerResponse, sending: Sending, answer: Answer): void {
    const { encoding, lines, body } = answer;
    const { tile, cache, route, started } = sending;
    const requestId = requestIdOf(req);
    const common = this.#common.forOrigin(req.headers.origin);
    const isGone = res.destroyed;
    const sendsBody = req.method !== 'HEAD';
    // A frame is made for what is asked for again.
    const isFramed =
      sendsBody &&
      cache === 'hit' &&
      isWorthFrame(body) &&
      answerFramed(res, requestId, { common: common.lines, own: lines }, tile, encoding);
    if (!isFramed) answerWhole(res, requestIdLine(requestId) + common.lines + lines, body, sendsBody);
    // What the kernel took needs no reader any more.
    if (res.socket && res.socket.writableLength > 0) cutIfStalled(res, body.length);
    this.#tell(req, { requestId, status: isGone ? 499 : 200, route, started, served: sending });
  }

  #tell({ method = '', url = '' }: IncomingMessage, told: Told): void {
    const { requestId, status, route, started, served } = told;
    const ms = performance.now() - started;
    logAnswer(this.#log, { requestId, method, url, status, ms });
    const { observe } = this.#ctx;
    if (served) {
      const { tile, cache, layers, z } = served;
      observe({ type: 'tile.served', layers, z, ms, cache, bytes: tile.body.length });
    }
    observe({ type: 'request.answered', requestId, route, method, status, ms });
  }
}
