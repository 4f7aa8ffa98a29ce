/** Framing of the PostgreSQL wire protocol, version 3 (PostgreSQL manual, "Message Formats"). */

const SSL_REQUEST_CODE = 80877103;
const GSSENC_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

export type FrontendFrame =
  | { kind: 'startup' | 'encryption' | 'cancel'; bytes: Buffer }
  | { kind: 'message'; type: string; bytes: Buffer };

/** Cuts a client's bytes into messages. The first one (startup, or a request before it) has no type byte. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = 8;
  #started = false;

  /** The messages that these bytes complete; the rest is kept for the next call. */
  *push(chunk: Buffer): Generator<FrontendFrame> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Joined only when a message is complete, so that a large one is not copied once per chunk.
    while (this.#size >= this.#needed) {
      const buffer = Buffer.concat(this.#chunks);
      const length = this.#started ? 1 + buffer.readUInt32BE(1) : buffer.readUInt32BE(0);
      if (length < (this.#started ? 5 : 8)) throw new Error(`a message cannot be ${length} bytes long`);
      this.#chunks = [buffer];
      this.#needed = length;
      if (buffer.length < length) return;
      this.#chunks = [buffer.subarray(length)];
      this.#size = buffer.length - length;
      const frame = this.#frame(buffer.subarray(0, length));
      this.#needed = this.#started ? 5 : 8;
      yield frame;
    }
  }

  #frame(bytes: Buffer): FrontendFrame {
    if (this.#started) return { kind: 'message', type: String.fromCharCode(bytes[0] ?? 0), bytes };
    const code = bytes.readUInt32BE(4);
    if (code === SSL_REQUEST_CODE || code === GSSENC_REQUEST) return { kind: 'encryption', bytes };
    if (code === CANCEL_REQUEST) return { kind: 'cancel', bytes };
    this.#started = true;
    return { kind: 'startup', bytes };
  }
}

/** The messages of one type (`A` notification, `E` error, …) in a complete answer of the server. */
export function backendMessages(answer: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  const wanted = type.charCodeAt(0);
  for (let at = 0; at + 5 <= answer.length;) {
    const end = at + 1 + answer.readUInt32BE(at + 1);
    if (answer[at] === wanted) found.push(answer.subarray(at, end));
    at = end;
  }
  return found;
}

/** A simple query (`Q`). */
export function queryMessage(text: string): Buffer {
  const body = Buffer.from(`${text}\0`, 'utf8');
  const message = Buffer.alloc(5 + body.length);
  message.write('Q');
  message.writeUInt32BE(4 + body.length, 1);
  body.copy(message, 5);
  return message;
}

/** The end of a series of extended query messages (`S`). */
export const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

/** A startup packet of protocol 3.0, as a client sends it. */
export function startupMessage(parameters: Record<string, string>): Buffer {
  const pairs = Object.entries(parameters).map(([key, value]) => `${key}\0${value}\0`);
  const body = Buffer.from(`${pairs.join('')}\0`, 'utf8');
  const message = Buffer.alloc(8 + body.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(196608, 4);
  body.copy(message, 8);
  return message;
}

/** Asks for encryption before the startup packet; the shortest question that a server answers. */
export const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
