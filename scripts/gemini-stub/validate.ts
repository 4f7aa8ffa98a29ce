/** What the service itself refuses: requests that were right last year and are a 400 now. */

export interface GenerateBody {
  contents?: Turn[];
  systemInstruction?: { parts?: Part[] };
  tools?: { functionDeclarations?: { name: string }[] }[];
  toolConfig?: { functionCallingConfig?: { mode?: string } };
  safetySettings?: { category: string; threshold: string }[];
  generationConfig?: {
    temperature?: number;
    maxOutputTokens?: number;
    responseMimeType?: string;
    responseJsonSchema?: Schema;
    thinkingConfig?: { thinkingLevel?: string; thinkingBudget?: number };
    frequencyPenalty?: number;
    presencePenalty?: number;
  };
}
export interface Schema {
  properties?: Record<string, { enum?: string[] }>;
}
export interface Turn {
  role?: string;
  parts?: Part[];
}
export interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { id?: string; name: string; args?: Record<string, unknown> };
  functionResponse?: { id?: string; name: string; response?: Record<string, unknown> };
}

const LEVELS = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
/** Models that cannot think that little. */
const LEAST: Readonly<Record<string, string>> = { 'gemini-3.1-pro-preview': 'LOW' };

/** What is wrong with a request; undefined where nothing is. */
export function problemOf(model: string, body: GenerateBody): string | undefined {
  const { contents = [], generationConfig = {} } = body;
  const last = contents.at(-1);
  if (!last) return 'contents is not specified';
  if (last.role === 'model') return 'Please ensure that the last turn is of role user';
  const { thinkingConfig, responseJsonSchema, responseMimeType } = generationConfig;
  if (thinkingConfig?.thinkingLevel !== undefined && thinkingConfig.thinkingBudget !== undefined)
    return 'thinking_level and thinking_budget cannot both be set';
  const level = thinkingConfig?.thinkingLevel;
  if (
    level !== undefined &&
    (!LEVELS.includes(level) || LEVELS.indexOf(level) < LEVELS.indexOf(LEAST[model] ?? 'MINIMAL'))
  )
    return `Thinking level ${level} is not supported for this model`;
  if (generationConfig.frequencyPenalty !== undefined || generationConfig.presencePenalty !== undefined)
    return 'Penalty is not enabled for this model';
  if (responseJsonSchema && responseMimeType !== 'application/json')
    return 'response_json_schema requires response_mime_type application/json';
  return turnProblem(contents);
}

/** Calls go back with the signature of the thought that made them, and each has its response. */
function turnProblem(contents: readonly Turn[]): string | undefined {
  for (const [i, { role, parts = [] }] of contents.entries()) {
    const calls = parts.filter(({ functionCall }) => functionCall);
    if (role !== 'model' || calls.length === 0) continue;
    if (calls[0]?.thoughtSignature === undefined)
      return 'Function call is missing a thought_signature in functionCall parts';
    const responses = (contents[i + 1]?.parts ?? []).filter(({ functionResponse }) => functionResponse);
    if (responses.length !== calls.length)
      return 'the number of function response parts must equal the number of function call parts';
  }
  return undefined;
}
