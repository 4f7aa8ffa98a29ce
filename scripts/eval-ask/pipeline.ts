import { mentions } from '../../server/ask/check/numbers.ts';
import { AppError } from '../../server/errors.ts';
import type { RunningServer } from '../../server/server.ts';
import type { Labelled } from './questions.ts';
import type { Outcome } from './score.ts';

export interface Asked extends Outcome {
  /** Whether an answer about a figure has it; undefined where none was asked for or given. */
  readonly isRight: boolean | undefined;
  readonly ms: number;
}

const AT_ONCE = 4;

/** Asks a running server's assistant, past its rate limits, and holds figures against the map's own. */
export async function askAll(
  { ctx, url }: RunningServer,
  questions: readonly Labelled[],
  onProgress: (done: number) => void,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const queue = [...questions];
  const work = async (): Promise<void> => {
    for (let question = queue.shift(); question; question = queue.shift()) {
      asked.push(await askOne(ctx, url, question));
      onProgress(asked.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return asked;
}

async function askOne(ctx: RunningServer['ctx'], url: string, question: Labelled): Promise<Asked> {
  const started = performance.now();
  try {
    const { answer, refused, language } = await ctx.asking.ask({
      text: question.question,
      requestId: `evaluation-${question.id}`,
      asker: { subject: 'evaluation', keyId: undefined, addressHash: undefined, audience: 'evaluation' },
      signal: new AbortController().signal,
    });
    const ms = performance.now() - started;
    const isRight =
      refused || !question.figure ? undefined : await hasFigures(url, question.figure, answer, language);
    return { question, decision: refused ? 'deny' : 'allow', isRight, ms };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A question that is no question is refused; a failure decides nothing.
    const decision = error.code === 'question_rejected' ? 'deny' : 'open';
    return { question, decision, isRight: undefined, ms: performance.now() - started };
  }
}

/** Whether an answer tells the values that were asked for, rounded as people do. */
async function hasFigures(
  url: string,
  { choropleth, metric, level, extreme, regions }: NonNullable<Labelled['figure']>,
  answer: string,
  language: 'id' | 'en',
): Promise<boolean> {
  const query = new URLSearchParams({ metric, ...(level ? { level } : {}) });
  const response = await fetch(`${url}/gis/choropleth/${choropleth}/values.json?${query.toString()}`);
  const { columns, rows } = (await response.json()) as {
    columns: string[];
    rows: (string | number | null)[][];
  };
  const [code, name, value] = ['code', 'name', 'value'].map((column) => columns.indexOf(column)) as [
    number,
    number,
    number,
  ];
  const known = rows.filter((row) => typeof row[value] === 'number') as number[][];
  const sign = extreme === 'lowest' ? 1 : -1;
  const [first] = [...known].sort((a, b) => sign * ((a[value] ?? 0) - (b[value] ?? 0)));
  const wanted = regions ? rows.filter((row) => regions.includes(String(row[code]))) : first ? [first] : [];
  if (extreme) return wanted.some((row) => answer.includes(String(row[name])));
  const said = mentions(answer, language).map((each) => each.value);
  return wanted.every((row) => {
    const exact = row[value];
    if (typeof exact !== 'number') return true;
    return said.some((number) => Math.abs(number - exact) <= Math.max(0.5, Math.abs(exact) * 0.01));
  });
}
