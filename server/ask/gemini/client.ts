import type {
  FunctionCallingConfigMode,
  GenerateContentConfig,
  GenerateContentResponse,
  GoogleGenAI,
  Part,
  ThinkingLevel,
} from '@google/genai';
import { guardedFetch } from './fetch.ts';
import { upstreamFailure } from './failure.ts';
import type { ModelList } from './models.ts';
import {
  NO_USAGE,
  UpstreamFailure,
  type Call,
  type Gemini,
  type Reply,
  type ToolCall,
  type Usage,
} from './types.ts';

export interface GeminiOptions {
  readonly apiKey: string;
  /** Where it is not Google's own. */
  readonly baseUrl: string | undefined;
  /** Sent only to models that heed it. */
  readonly temperature: number | undefined;
  readonly models: ModelList;
}

/** The library's default changes with its major version. */
const API_VERSION = 'v1beta';

interface Library {
  readonly ai: GoogleGenAI;
  readonly safety: NonNullable<GenerateContentConfig['safetySettings']>;
}

/** Gemini through its own client library, which is loaded with the first question: it is 1.2 MB of code. */
export class GeminiClient implements Gemini {
  readonly #options: GeminiOptions;
  #library: Promise<Library> | undefined;
  /** Models that turned out not to take what the list says they take. */
  readonly #plain = new Set<string>();

  constructor(options: GeminiOptions) {
    this.#options = options;
  }

  async generate(call: Call, signal: AbortSignal): Promise<Reply> {
    return this.#asking(call, signal, async (config) => {
      const { ai } = await this.#load();
      const { model, contents } = call;
      return replyOf([await ai.models.generateContent({ model, contents: [...contents], config })]);
    });
  }

  async stream(call: Call, signal: AbortSignal, onText: (text: string) => void): Promise<Reply> {
    return this.#asking(call, signal, async (config) => {
      const { ai } = await this.#load();
      const { model, contents } = call;
      const chunks: GenerateContentResponse[] = [];
      for await (const chunk of await ai.models.generateContentStream({
        model,
        contents: [...contents],
        config,
      })) {
        chunks.push(chunk);
        const text = textOf(partsOf(chunk));
        if (text !== '') onText(text);
      }
      const reply = replyOf(chunks);
      // Every whole answer says how it ended; one that does not was cut off between two events.
      if (reply.finish === undefined && reply.blocked === undefined)
        throw new UpstreamFailure('garbled', 'the answer ended in the middle', { usage: reply.usage });
      return reply;
    });
  }

  async exists(model: string, signal: AbortSignal): Promise<boolean> {
    try {
      const { ai } = await this.#load();
      await ai.models.get({ model, config: { abortSignal: signal } });
      return true;
    } catch (error) {
      if ((error as { status?: unknown }).status === 404) return false;
      throw upstreamFailure(error, this.#options.apiKey, signal);
    }
  }

  /** A model that refuses how it is spoken to is asked once more in plain words, and so from then on. */
  async #asking(
    call: Call,
    signal: AbortSignal,
    work: (config: GenerateContentConfig) => Promise<Reply>,
  ): Promise<Reply> {
    const { safety } = await this.#load();
    const isPlain = this.#plain.has(call.model);
    try {
      return await work(this.#config(call, safety, signal, isPlain));
    } catch (error) {
      const failure = upstreamFailure(error, this.#options.apiKey, signal);
      if (failure.kind !== 'request' || isPlain) throw failure;
      try {
        const reply = await work(this.#config(call, safety, signal, true));
        this.#plain.add(call.model);
        return reply;
      } catch (again) {
        throw upstreamFailure(again, this.#options.apiKey, signal);
      }
    }
  }

  #config(
    { model, system, tools, mayCall, schema, maxOutputTokens }: Call,
    safetySettings: Library['safety'],
    abortSignal: AbortSignal,
    isPlain: boolean,
  ): GenerateContentConfig {
    const facts = this.#options.models.of(model);
    const { temperature } = this.#options;
    return {
      abortSignal,
      systemInstruction: system,
      safetySettings,
      maxOutputTokens,
      candidateCount: 1,
      ...(tools && tools.length > 0
        ? {
            tools: [{ functionDeclarations: [...tools] }],
            toolConfig: {
              functionCallingConfig: {
                mode: String(mayCall === false ? 'NONE' : 'AUTO') as FunctionCallingConfigMode,
              },
            },
          }
        : {}),
      ...(schema ? { responseMimeType: 'application/json', responseJsonSchema: schema } : {}),
      ...(facts.thinking && !isPlain
        ? { thinkingConfig: { thinkingLevel: String(facts.thinking) as ThinkingLevel } }
        : {}),
      ...(facts.temperature && temperature !== undefined && !isPlain ? { temperature } : {}),
    };
  }

  #load(): Promise<Library> {
    return (this.#library ??= import('@google/genai').then(
      ({ GoogleGenAI, HarmBlockThreshold, HarmCategory }) => {
        const { apiKey, baseUrl } = this.#options;
        // Said in full: variables of the environment would otherwise choose another service.
        const ai = new GoogleGenAI({
          apiKey,
          vertexai: false,
          apiVersion: API_VERSION,
          httpOptions: { ...(baseUrl === undefined ? {} : { baseUrl }), fetch: guardedFetch },
        });
        const threshold = HarmBlockThreshold.BLOCK_MEDIUM_AND_ABOVE;
        const safety = [
          HarmCategory.HARM_CATEGORY_HARASSMENT,
          HarmCategory.HARM_CATEGORY_HATE_SPEECH,
          HarmCategory.HARM_CATEGORY_SEXUALLY_EXPLICIT,
          HarmCategory.HARM_CATEGORY_DANGEROUS_CONTENT,
        ].map((category) => ({ category, threshold }));
        return { ai, safety };
      },
    ));
  }
}

/** What an answer, whole or in pieces, comes to. */
function replyOf(responses: readonly GenerateContentResponse[]): Reply {
  const parts = responses.flatMap(partsOf);
  const last = <T>(of: (response: GenerateContentResponse) => T | undefined): T | undefined =>
    responses.map(of).findLast((value) => value !== undefined);
  const usage = last((response) => usageOf(response)) ?? NO_USAGE;
  const finish = last((response) => response.candidates?.[0]?.finishReason) as string | undefined;
  const block = last((response) => response.promptFeedback?.blockReason) as string | undefined;
  return {
    text: textOf(parts),
    calls: parts.flatMap(({ functionCall }): ToolCall[] =>
      functionCall?.name === undefined
        ? []
        : [{ id: functionCall.id, name: functionCall.name, args: functionCall.args ?? {} }],
    ),
    content: parts.length > 0 ? { role: 'model', parts } : undefined,
    finish,
    blocked: block ?? (finish !== undefined && BLOCKING.has(finish) ? finish : undefined),
    usage,
  };
}

/** Reasons of ending that say that somebody would not have it. Those that nobody knows yet are no answer. */
const BLOCKING = new Set(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'LANGUAGE']);

const partsOf = (response: GenerateContentResponse): Part[] => response.candidates?.[0]?.content?.parts ?? [];

const textOf = (parts: readonly Part[]): string =>
  parts.map(({ text, thought }) => (thought === true ? '' : (text ?? ''))).join('');

function usageOf({ usageMetadata: usage }: GenerateContentResponse): Usage | undefined {
  if (!usage) return undefined;
  return {
    input: (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0),
    cached: usage.cachedContentTokenCount ?? 0,
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
}
