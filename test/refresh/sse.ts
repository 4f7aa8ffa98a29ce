/** One event as it came over the wire. */
export interface ServerEvent {
  id: string;
  event: string;
  data: { kind: string; id: string; version: string; generation: unknown; refreshedAt: string | null };
}

export interface Listener {
  readonly events: ServerEvent[];
  /** Lines that are comments: heartbeats. */
  readonly comments: string[];
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Reads `/events` as a browser would. */
export async function listen(url: string, headers: Record<string, string> = {}): Promise<Listener> {
  const controller = new AbortController();
  const answer = await fetch(`${url}/events`, { headers, signal: controller.signal });
  if (answer.status !== 200 || !answer.body) throw new Error(`/events answered ${answer.status}`);
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream')) throw new Error(`/events answered ${type}`);
  const events: ServerEvent[] = [];
  const comments: string[] = [];
  const read = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
  };
  const take = (block: string): void => {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) comments.push(line);
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name !== undefined) fields.set(name, value ?? '');
    }
    const data = fields.get('data');
    if (data === undefined) return;
    events.push({
      id: fields.get('id') ?? '',
      event: fields.get('event') ?? 'message',
      data: JSON.parse(data) as ServerEvent['data'],
    });
  };
  const ended = read(answer.body as unknown as AsyncIterable<Uint8Array>).catch(() => {});
  return { events, comments, ended, close: () => controller.abort() };
}
