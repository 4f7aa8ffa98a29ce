import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectPath } from '../../tools/paths.ts';
import type { Usage } from './types.ts';

const usd = z.strictObject({ input: z.number(), cached: z.number(), output: z.number() });
const model = z.strictObject({
  /** The least level of thinking that it takes; none is asked for where absent. */
  thinking: z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']).optional(),
  /** Whether it heeds a temperature. */
  temperature: z.boolean().default(false),
  usd,
  ends: z.iso.date().optional(),
});
const schema = z.strictObject({
  read: z.iso.date(),
  models: z.record(z.string(), model),
  gone: z.array(z.string()),
  ending: z.array(z.string()),
});

export type ModelFacts = z.output<typeof model>;

const SOON_MS = 60 * 86_400_000;

/** What is known of models: dated configuration, not code. */
export class ModelList {
  readonly #list: z.output<typeof schema>;

  constructor(list: z.output<typeof schema>) {
    this.#list = list;
  }

  /** The day that the prices were read. */
  get read(): string {
    return this.#list.read;
  }

  of(name: string): ModelFacts {
    const known = this.#list.models[name];
    if (known) return known;
    const all = Object.values(this.#list.models).map((each) => each.usd);
    const dearest = (kind: keyof ModelFacts['usd']): number => Math.max(...all.map((each) => each[kind]));
    return {
      temperature: false,
      usd: { input: dearest('input'), cached: dearest('cached'), output: dearest('output') },
    };
  }

  /** What an operator should know of a model; undefined where there is nothing. */
  warning(name: string, now = new Date()): string | undefined {
    const family = (names: readonly string[]): boolean => names.some((each) => name.startsWith(each));
    const { ends } = this.of(name);
    if (family(this.#list.gone)) return `${name} no longer answers; set GEMINI_MODEL to another`;
    if (ends !== undefined && new Date(ends) < now)
      return `${name} ended on ${ends}; set GEMINI_MODEL to another`;
    if (ends !== undefined && new Date(ends).getTime() - now.getTime() < SOON_MS)
      return `${name} ends on ${ends}`;
    if (family(this.#list.ending)) return `${name} is going to end; its family is being turned off`;
    if (!(name in this.#list.models))
      return `${name} is not in data/ask/models.yaml: it counts at the dearest prices`;
    return undefined;
  }

  /** In millionths of a dollar, rounded up: a budget is not to be undercut by rounding. */
  cost(name: string, { input, cached, output }: Usage): number {
    const { usd: price } = this.of(name);
    return Math.ceil((input - cached) * price.input + cached * price.cached + output * price.output);
  }
}

export function loadModels(): ModelList {
  const text = readFileSync(projectPath('data', 'ask', 'models.yaml'), 'utf8');
  return new ModelList(schema.parse(parse(text, { schema: 'core' })));
}
