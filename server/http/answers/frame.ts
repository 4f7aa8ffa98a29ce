import type { ServerResponse } from 'node:http';
import { endFor, finish, LINE_END, lengthLine, OK, requestIdLine, type Inside } from './head.ts';

/** Ids that we make have this length; those of clients may have any. */
const ID_LENGTH = 36;
const ID_AT = OK.length + requestIdLine('').length - LINE_END.length;

/** What is between the request's id and the length of an answer, and Node's end of its head. */
export interface FrameHead {
  /** Lines that every answer has. */
  readonly common: string;
  /** Lines of the representation. */
  readonly own: string;
  readonly end: string;
}

/**
 * A body with the head of its answer before it, in one piece of memory that is written as it is: gathering two costs a tenth of a
 * large cached tile. Of the head, the id and the end alone change from one answer to the next; they are written over where they stand.
 */
export class Frame {
  /** The body, as a part of the piece. */
  readonly body: Buffer;
  readonly #bytes: Buffer;
  readonly #head: FrameHead;
  readonly #endAt: number;
  #end: string;

  constructor(head: FrameHead, body: Buffer) {
    const { common, own, end } = head;
    const before = OK + requestIdLine(' '.repeat(ID_LENGTH)) + common + own + lengthLine(body);
    this.#head = head;
    this.#endAt = before.length;
    this.#end = end;
    this.#bytes = Buffer.allocUnsafeSlow(before.length + end.length + body.length);
    this.#bytes.write(before + end, 'latin1');
    this.body = this.#bytes.subarray(before.length + end.length);
    this.body.set(body);
  }

  /** Whether an answer with that head has all but its id and the text of its end in common with this one. */
  fits({ common, own, end }: FrameHead): boolean {
    const head = this.#head;
    return head.common === common && head.own === own && head.end.length === end.length;
  }

  /** The whole answer, which stays so until this is asked again. @param requestId of `ID_LENGTH` characters */
  answer(requestId: string, end: string): Buffer {
    if (this.#end !== end) {
      this.#bytes.write(end, this.#endAt, 'latin1');
      this.#end = end;
    }
    this.#bytes.write(requestId, ID_AT, 'latin1');
    return this.#bytes;
  }
}

/** Who keeps bodies in frames, one of each encoding. */
export interface Framing<Encoding> {
  frame(encoding: Encoding, head: FrameHead): Frame;
  /** The bytes of the frame stay as they are from now on: somebody has yet to read them. */
  leaveFrame(encoding: Encoding): void;
}

/**
 * Answers 200 with a body in its frame, where Node would write the very same.
 * @returns whether it did: not behind answers that are still on their way, nor with an id of another length
 */
export function answerFramed<Encoding>(
  res: ServerResponse,
  requestId: string,
  { common, own }: Omit<FrameHead, 'end'>,
  framing: Framing<Encoding>,
  encoding: Encoding,
): boolean {
  const inside = res as Inside;
  const end = requestId.length === ID_LENGTH ? endFor(res, inside) : undefined;
  if (end === undefined) return false;
  const socket = res.socket!;
  res.statusCode = 200;
  inside._header = own;
  inside._headerSent = true;
  socket.write(framing.frame(encoding, { common, own, end }).answer(requestId, end));
  if (socket.writableLength > 0) framing.leaveFrame(encoding);
  finish(res, inside);
  return true;
}
