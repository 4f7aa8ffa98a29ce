import { Representation } from '../answers/respond.ts';

/** Raised when the layout below changes; values of another format are as good as absent. */
const FORMAT = 1;
const MAGIC = Buffer.from([0x43, 0x47, FORMAT]);
const LENGTH_BYTES = 4;

interface Head {
  type: string;
  tag: string;
  headers: Record<string, string>;
  /** Bytes of each part, in the order of `PARTS`; null where it had not been made. */
  lengths: (number | null)[];
}

const PARTS = ['identity', 'br', 'gzip'] as const;

/** An answer as one value: marker, length of the head, head as JSON, then body and compressed copies. */
export function encodeAnswer(answer: Representation): Buffer {
  const parts = PARTS.map((encoding) => answer.madeForAll(encoding));
  const { type, tag, headers } = answer;
  const lengths = parts.map((part) => part?.length ?? null);
  const head = Buffer.from(JSON.stringify({ type, tag, headers, lengths } satisfies Head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([MAGIC, length, head, ...parts.filter((part) => part !== undefined)]);
}

/** The answer that `encodeAnswer` wrote; undefined for anything else, whatever it is. */
export function decodeAnswer(bytes: Buffer): Representation | undefined {
  const headStart = MAGIC.length + LENGTH_BYTES;
  if (bytes.length < headStart || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const headEnd = headStart + bytes.readUInt32BE(MAGIC.length);
  const head = parseHead(bytes.subarray(headStart, headEnd));
  if (!head) return undefined;
  let end = headEnd;
  const [body, br, gzip] = head.lengths.map((length) =>
    length === null ? undefined : bytes.subarray(end, (end += length)),
  );
  if (!body || end !== bytes.length) return undefined;
  const answer = new Representation(body, head.type, head);
  if (br) answer.adopt('br', br);
  if (gzip) answer.adopt('gzip', gzip);
  return answer;
}

function parseHead(bytes: Buffer): Head | undefined {
  try {
    const head = JSON.parse(bytes.toString()) as Partial<Record<keyof Head, unknown>>;
    const whole =
      typeof head.type === 'string' &&
      typeof head.tag === 'string' &&
      typeof head.headers === 'object' &&
      head.headers !== null &&
      Array.isArray(head.lengths) &&
      head.lengths.length === PARTS.length &&
      head.lengths.every((length) => length === null || (Number.isSafeInteger(length) && length >= 0));
    return whole ? (head as unknown as Head) : undefined;
  } catch {
    return undefined;
  }
}
