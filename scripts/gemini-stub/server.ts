import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { speak } from './speech.ts';
import { problemOf, type GenerateBody, type Part } from './validate.ts';

/** How the stub behaves. `ok` is what a good model does; the others are what goes wrong. */
export const MODES = [
  'ok',
  'tool',
  'blocked',
  'safety',
  '401',
  '429',
  '500',
  '503',
  'hang',
  'slow',
  'cut',
  'cut-between',
  'truncated',
  'huge',
  'empty',
  'max-tokens',
  'thoughts',
  'disobedient',
  'leak',
  'unknown-finish',
  'endless-tools',
  'event-ids',
  'no-thinking',
] as const;
export type Mode = (typeof MODES)[number];

export const STUB_KEY = 'AIzaStubKeyThatIsNoSecret0000000000';
const MODELS = [
  'gemini-3.5-flash-lite',
  'gemini-3.5-flash',
  'gemini-3.1-flash-lite',
  'gemini-3.1-pro-preview',
];
const DISOBEDIENT = [
  'Jumlah santri di Indonesia adalah 987.654 orang.',
  'Sekitar 1,23 juta di antaranya miskin.',
  'Lebih dari tujuh ratus ribu tinggal di pulau itu.',
  'One hundred and eleven thousand live elsewhere.',
  'Antara 12–15 persen belum sekolah.',
  'Two thirds of them are poor.',
].join(' ');

export interface Recorded {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: GenerateBody;
}

/** Speaks the REST protocol of the Gemini API on the loopback interface. It knows nothing and is no model. */
export class GeminiStub {
  /** What it does from now on. */
  mode: Mode = 'ok';
  /** What it does next, before it goes on as `mode` says. */
  readonly script: Mode[] = [];
  readonly requests: Recorded[] = [];
  /** What a disobedient one says, instead of its own words. */
  says: string | undefined;
  readonly #server: Server;
  readonly #hanging = new Set<ServerResponse>();

  private constructor() {
    this.#server = createServer((req, res) => {
      this.#answer(req, res).catch(() => res.destroy());
    });
  }

  static async start(port = 0): Promise<GeminiStub> {
    const stub = new GeminiStub();
    await new Promise<void>((resolve, reject) =>
      stub.#server.once('error', reject).listen(port, '127.0.0.1', () => resolve()),
    );
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const res of this.#hanging) res.destroy();
    this.#server.closeAllConnections();
    // Closed twice is closed.
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', this.url);
    if (req.method === 'PUT' && url.pathname === '/mode') return this.#setMode(res, await textOf(req));
    if (url.searchParams.has('key'))
      return failure(res, 400, 'INVALID_ARGUMENT', 'keys belong into the header');
    if (req.headers['x-goog-api-key'] !== STUB_KEY)
      return failure(
        res,
        403,
        'PERMISSION_DENIED',
        `Method doesn't allow unregistered callers (${String(req.headers['x-goog-api-key'])})`,
      );
    const [, name = '', action] = /^\/v1beta\/models\/([^/:]+)(?::(\w+))?$/.exec(url.pathname) ?? [];
    if (!MODELS.includes(name))
      return failure(res, 404, 'NOT_FOUND', `models/${name} is not found for API version v1beta`);
    if (req.method === 'GET')
      return json(res, 200, { name: `models/${name}`, supportedGenerationMethods: ['generateContent'] });
    const body = JSON.parse(await textOf(req)) as GenerateBody;
    if (action === 'countTokens') return json(res, 200, { totalTokens: tokensOf(body) });
    this.requests.push({ path: url.pathname, headers: req.headers, body });
    const problem = problemOf(name, body);
    if (problem !== undefined) return failure(res, 400, 'INVALID_ARGUMENT', problem);
    // Classifications go as they should unless the service itself is ill.
    const isClassification = body.generationConfig?.responseJsonSchema !== undefined;
    const wanted = this.script.shift() ?? this.mode;
    const mode = isClassification && WORDS.has(wanted) ? 'ok' : wanted;
    if (mode === 'no-thinking' && body.generationConfig?.thinkingConfig)
      return failure(res, 400, 'INVALID_ARGUMENT', 'Thinking level is not supported for this model');
    if (await this.#illness(mode, res, action === 'streamGenerateContent')) return;
    const responses = this.#responses(mode, body);
    if (action === 'streamGenerateContent') return this.#stream(res, responses, mode);
    json(res, 200, merged(responses));
  }

  #setMode(res: ServerResponse, text: string): void {
    const mode = MODES.find((each) => each === text.trim());
    if (!mode) return json(res, 400, { modes: MODES });
    this.mode = mode;
    json(res, 200, { mode });
  }

  /** Whether the service failed before it said anything. */
  async #illness(mode: Mode, res: ServerResponse, isStream: boolean): Promise<boolean> {
    if (mode === 'hang') {
      this.#hanging.add(res);
      res.once('close', () => this.#hanging.delete(res));
      return true;
    }
    if (mode === '401') failure(res, 401, 'UNAUTHENTICATED', `API key not valid: ${STUB_KEY}`);
    else if (mode === '429') failure(res, 429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', [RETRY_INFO]);
    else if (mode === '500') failure(res, 500, 'INTERNAL', 'An internal error has occurred');
    else if (mode === '503') failure(res, 503, 'UNAVAILABLE', 'The model is overloaded');
    else if (mode === 'truncated') {
      res.writeHead(200, { 'Content-Type': isStream ? 'text/event-stream' : 'application/json' });
      res.end(`${isStream ? 'data: ' : ''}{"candidates":[{"content":{"parts":[{"te`);
    } else if (mode === 'huge') {
      res.writeHead(200, { 'Content-Type': isStream ? 'text/event-stream' : 'application/json' });
      const piece = 'x'.repeat(64_000);
      res.write(`${isStream ? 'data: ' : ''}{"candidates":[{"content":{"role":"model","parts":[{"text":"`);
      for (let i = 0; i < 100 && !res.destroyed; i++) {
        if (!res.write(piece)) await Promise.race([new Promise((go) => res.once('drain', go)), sleep(200)]);
      }
      res.end('"}]},"finishReason":"STOP"}]}');
    } else if (mode === 'cut' && !isStream) {
      res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '5000' });
      res.write('{"candidates":[{"content":');
      await sleep(20);
      res.destroy();
    } else return false;
    return true;
  }

  #responses(mode: Mode, body: GenerateBody): object[] {
    const usageMetadata = {
      promptTokenCount: tokensOf(body),
      candidatesTokenCount: 40,
      thoughtsTokenCount: 8,
      totalTokenCount: tokensOf(body) + 48,
    };
    const said = (parts: Part[], finishReason?: string): object => ({
      candidates: [
        { content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}), index: 0 },
      ],
      usageMetadata,
      modelVersion: 'stub',
    });
    const text = (words: string, finish = 'STOP'): object[] => {
      const cut = Math.ceil(words.length / 3);
      const pieces = [words.slice(0, cut), words.slice(cut, 2 * cut), words.slice(2 * cut)].filter(
        (piece) => piece !== '',
      );
      return pieces.map((piece, i) => said([{ text: piece }], i === pieces.length - 1 ? finish : undefined));
    };
    if (mode === 'blocked') return [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata }];
    if (mode === 'safety') return [{ candidates: [{ finishReason: 'SAFETY', index: 0 }], usageMetadata }];
    if (mode === 'empty') return [{ candidates: [], usageMetadata }];
    if (mode === 'max-tokens')
      return [{ candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }], usageMetadata }];
    if (mode === 'thoughts')
      return [said([{ thought: true, text: 'The user wants to know something.' }], 'STOP')];
    if (mode === 'unknown-finish') return text('Ini belum selesai', 'TIRED_OF_TALKING');
    if (mode === 'disobedient') return text(this.says ?? DISOBEDIENT);
    if (mode === 'leak') {
      const system = body.systemInstruction?.parts?.map((part) => part.text ?? '').join('\n') ?? '';
      return text(`Tentu, ini instruksi saya: ${system}`);
    }
    if (mode === 'endless-tools' && (body.tools ?? []).length > 0) {
      return [
        said(
          [{ thoughtSignature: 'YQ==', functionCall: { id: 'again', name: 'listChoropleths', args: {} } }],
          'STOP',
        ),
      ];
    }
    const parts = speak(body, { alwaysCalls: mode === 'tool' });
    const [only] = parts;
    return only?.text !== undefined ? text(only.text) : [said(parts, 'STOP')];
  }

  async #stream(res: ServerResponse, responses: readonly object[], mode: Mode): Promise<void> {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const [i, response] of responses.entries()) {
      const event = `data: ${JSON.stringify(response)}\r\n\r\n`;
      const isLast = i === responses.length - 1;
      if (mode === 'cut' && isLast) {
        res.write(event.slice(0, Math.floor(event.length / 2)));
        await sleep(20);
        return void res.destroy();
      }
      if (mode === 'cut-between' && isLast) break;
      if (mode === 'slow') await sleep(300);
      res.write(mode === 'event-ids' ? `id: ${i}\r\nevent: message\r\n${event}` : event);
    }
    res.end();
  }
}

/** Modes that are about what the model says; a classifier says what it should. */
const WORDS = new Set<Mode>([
  'tool',
  'disobedient',
  'leak',
  'max-tokens',
  'thoughts',
  'unknown-finish',
  'endless-tools',
  'safety',
  'empty',
  'blocked',
]);

const RETRY_INFO = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' };

const tokensOf = (body: GenerateBody): number => Math.ceil(JSON.stringify(body).length / 4);

/** Pieces of a stream as the one document that they are. */
function merged(responses: readonly object[]): object {
  type Document = { candidates?: { content?: { parts?: Part[] } }[] };
  const last = responses.at(-1) as Document;
  const parts = (responses as Document[]).flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const content = last.candidates?.[0]?.content;
  if (content && parts.length > 0)
    content.parts = parts.every(({ text, thought }) => text !== undefined && !thought)
      ? [{ text: parts.map(({ text }) => text).join('') }]
      : parts;
  return last;
}

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8' });
  res.end(JSON.stringify(body));
}

function failure(
  res: ServerResponse,
  code: number,
  status: string,
  message: string,
  details: object[] = [],
): void {
  json(res, code, { error: { code, message, status, details } });
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
