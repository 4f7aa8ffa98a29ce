import { filterOf, type LayerFilter, type WrittenFilter } from '../../cql2/filter.ts';
import { filterFault } from '../../cql2/fault.ts';
import type { Node } from '../../cql2/tree/syntax.ts';
import { invalidParameter } from '../../errors.ts';
import type { RowsContext } from '../../features/public.ts';
import type { Answer } from '../answer.ts';
import type { Choropleth } from '../definitions.ts';
import { splitValues } from '../request/options.ts';
import { keptByFilter, regionLayer } from './kept.ts';
import { regionsOf } from './region.ts';

type Values = Readonly<Record<string, string | string[]>>;

/** What a filter says of dimensions, and what of regions. */
export interface SplitFilter {
  readonly dimensions: Readonly<Record<string, string[]>>;
  readonly rest: WrittenFilter | undefined;
}

/**
 * Dimensions choose what values are made of, so they are taken out of the filter and chosen as by their parameters, with the same
 * protection of small numbers. That can be done where the filter as a whole demands one of some values; nothing else is taken.
 * @param given dimensions that are named by parameters
 * @throws AppError `filter_invalid`, `invalid_parameter`
 */
export function splitFilter(written: WrittenFilter, { cube }: Choropleth, given: Values): SplitFilter {
  const dimensions: Record<string, string[]> = {};
  const rest: Node[] = [];
  for (const node of conjuncts(written.node)) {
    const name = namesIn(node).find((one) => cube.dimensions.includes(one));
    if (name === undefined) {
      rest.push(node);
      continue;
    }
    const values = valuesOf(node);
    if (!values)
      throw filterFault(
        node.at,
        `of the dimension ${name} no more than ${name} = … or ${name} IN (…), joined to all else by AND`,
        name,
      );
    if (name in dimensions) throw filterFault(node.at, `the dimension ${name} once`, name);
    const other = given[name];
    if (other !== undefined && !sameValues(typeof other === 'string' ? splitValues(other) : other, values))
      throw invalidParameter(name, [other].flat().join(), 'what the filter says, or left out');
    dimensions[name] = values;
  }
  const [first, ...others] = rest;
  if (!first) return { dimensions, rest: undefined };
  const node = others.length === 0 ? first : ({ is: 'call', name: 'and', args: rest, at: first.at } as const);
  return { dimensions, rest: { ...written, node } };
}

/** What must hold together. */
const conjuncts = (node: Node): readonly Node[] =>
  node.is === 'call' && node.name === 'and' ? node.args.flatMap(conjuncts) : [node];

/** All properties that an expression names. */
function namesIn(node: Node): string[] {
  switch (node.is) {
    case 'property':
      return [node.name];
    case 'call':
      return node.args.flatMap(namesIn);
    case 'list':
      return node.items.flatMap(namesIn);
    case 'interval':
      return [...namesIn(node.from), ...namesIn(node.to)];
    default:
      return [];
  }
}

/** The values that `name = value` or `name IN (values)` asks for; undefined of anything else. */
function valuesOf(node: Node): string[] | undefined {
  if (node.is !== 'call' || node.args.length !== 2) return undefined;
  const [left, right] = node.args as [Node, Node];
  if (node.name === 'in' && left.is === 'property' && right.is === 'list') return literals(right.items);
  if (node.name !== '=') return undefined;
  return literals(left.is === 'property' ? [right] : right.is === 'property' ? [left] : [node]);
}

function literals(nodes: readonly Node[]): string[] | undefined {
  const texts = nodes.map((node) => {
    if (node.is === 'number') return node.text;
    return node.is === 'text' || node.is === 'boolean' || node.is === 'instant'
      ? String(node.value)
      : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

const sameValues = (a: readonly string[], b: readonly string[]): boolean =>
  JSON.stringify([...new Set(a)].sort()) === JSON.stringify([...new Set(b)].sort());

/** Answers that a filter left some regions of, as long as the answers are kept. */
const made = new WeakMap<Answer, Map<string, Promise<Answer>>>();
const MOST_FILTERS = 50;

/**
 * The answer with the regions that a filter keeps. Classes, colours and ranks stay those of all of them: it sees what is shown, so it
 * can tell nothing of what is hidden.
 * @param asked the parameters, which the answer's own then have, too
 * @throws AppError `filter_invalid`
 */
export function filteredAnswer(
  ctx: RowsContext,
  answer: Answer,
  rest: WrittenFilter,
  asked: {
    readonly filter?: string | undefined;
    readonly lang?: string | undefined;
    readonly crs?: string | undefined;
  },
): Promise<Answer> {
  const filter = filterOf(rest, regionLayer(answer.request.level));
  const known = made.get(answer) ?? new Map<string, Promise<Answer>>();
  made.set(answer, known);
  const before = known.get(filter.key);
  if (before) return before;
  const making = keep(ctx, answer, filter).then((values) => ({
    ...answer,
    values,
    ranked: answer.ranked ?? answer.values,
    parameters: {
      ...answer.parameters,
      ...(asked.filter === undefined ? {} : { filter: asked.filter }),
      ...(asked.lang === undefined ? {} : { 'filter-lang': asked.lang }),
      ...(asked.crs === undefined ? {} : { 'filter-crs': asked.crs }),
    },
  }));
  known.set(filter.key, making);
  making.catch(() => known.delete(filter.key));
  if (known.size > MOST_FILTERS) known.delete(known.keys().next().value!);
  return making;
}

async function keep(ctx: RowsContext, answer: Answer, filter: LayerFilter): Promise<Answer['values']> {
  const kept = await keptByFilter(ctx, answer.request.level, regionsOf(answer), filter);
  return answer.values.filter(({ code }) => kept.has(code));
}
