import { filterFault, type Budget } from '../fault.ts';
import { DEPTHS, type Plain } from '../../tools/geometry-types.ts';
import { checkShape, SHAPE_TYPES, type Shape } from '../tree/shape.ts';
import type { TokenReader } from './token-reader.ts';

const TYPES = new Map(SHAPE_TYPES.map((type) => [type.toLowerCase(), type]));

/** The words that geometry literals begin with. */
export const WKT_WORDS: ReadonlySet<string> = new Set(TYPES.keys());

/** Well-known text behind its first word. @throws AppError `filter_invalid` */
export function readWkt(tokens: TokenReader, word: string, at: number, budget: Budget): Shape {
  budget.term(at);
  tokens.takeWord('z');
  const type = TYPES.get(word) ?? '';
  if (type !== 'GeometryCollection') {
    const depth = DEPTHS[type as Plain];
    const coordinates =
      depth === 0 ? only(readNested(tokens, 1)) : readNested(tokens, depth, type === 'MultiPoint');
    return checkShape(type as Plain, coordinates, at, budget);
  }
  tokens.needSign('(');
  const geometries: Shape[] = [];
  do {
    const token = tokens.next();
    const part = token.value.toLowerCase();
    if (token.is !== 'word' || !WKT_WORDS.has(part)) throw filterFault(token.at, 'a geometry', token.value);
    geometries.push(budget.within(token.at, () => readWkt(tokens, part, token.at, budget)));
  } while (tokens.takeSign(','));
  tokens.needSign(')');
  return { type: 'GeometryCollection', geometries };
}

/** Brackets so deep around positions; those around each point of a MULTIPOINT may be left out. */
function readNested(tokens: TokenReader, depth: number, points = false): unknown[] {
  tokens.needSign('(');
  const items: unknown[] = [];
  do {
    if (depth > 1) items.push(readNested(tokens, depth - 1));
    else if (points && tokens.takeSign('(')) {
      items.push(readPosition(tokens));
      tokens.needSign(')');
    } else items.push(readPosition(tokens));
  } while (tokens.takeSign(','));
  tokens.needSign(')');
  return items;
}

function readPosition(tokens: TokenReader): number[] {
  const numbers = [tokens.needNumber(), tokens.needNumber()];
  for (let token = tokens.peek(); token.value !== ',' && token.value !== ')'; token = tokens.peek())
    numbers.push(tokens.needNumber());
  return numbers;
}

function only(items: readonly unknown[]): unknown {
  return items.length === 1 ? items[0] : items;
}
