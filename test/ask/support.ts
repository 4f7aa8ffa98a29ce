import { GeminiStub, STUB_KEY } from '../../scripts/gemini-stub/server.ts';
import { newServer, untilFileEnds, type TestServer, type TestServerOptions } from '../support/environment.ts';

export interface AskServer {
  readonly server: TestServer;
  readonly stub: GeminiStub;
  /** Asks, and gives back status, headers and body. */
  ask(
    question: unknown,
    more?: object,
  ): Promise<{ status: number; headers: Record<string, string>; body: AskBody }>;
}

export interface AskBody {
  status?: string;
  code?: string;
  data?: {
    success: boolean;
    question: string;
    answer: string;
    model: string;
    topic: string | null;
    refused: boolean;
    reason: string | null;
    cached: boolean;
    language: string;
    sources: { choropleth: string; generation: string; metric: string; region?: string; name?: string }[];
  };
}

/** A server over the demo data whose model is the stub, until the file's tests are done. */
export async function askServer(options: TestServerOptions = {}, policy?: string): Promise<AskServer> {
  const stub = await GeminiStub.start();
  untilFileEnds.push(() => stub.stop());
  const server = await newServer({
    demo: true,
    ...options,
    environment: {
      GEMINI_API_KEY: STUB_KEY,
      GEMINI_BASE_URL: stub.url,
      ...(policy === undefined ? {} : { CHOROGRAPH_ASK_POLICY: policy }),
      ...options.environment,
    },
  });
  const ask: AskServer['ask'] = async (question, more = {}) => {
    const { status, headers, body } = await server.api.post('/gemini/ask').send({ question, ...more });
    return { status, headers: headers as Record<string, string>, body: body as AskBody };
  };
  return { server, stub, ask };
}
