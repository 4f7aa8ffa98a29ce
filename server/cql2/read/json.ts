import { Budget, filterFault, LIMITS } from '../fault.ts';
import { isPlain } from '../../tools/geometry-types.ts';
import { checkShape, SHAPE_TYPES, type Shape } from '../tree/shape.ts';
import type { Node } from '../tree/syntax.ts';

/** Reads CQL2 JSON (OGC 21-065r2, Annex C). @throws AppError `filter_invalid`, with a JSON pointer */
export function parseJson(text: string): Node {
  if (text.length > LIMITS.characters) throw filterFault('', `at most ${LIMITS.characters} characters`);
  return readNode(parsed(text), '', new Budget());
}

/** A number that JSON.parse would round, kept as it is written. */
class Exact {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.]*(?:[eE][-+]?\d+)?/g;
const MARK = '\u0001exact:';

/** Objects and arrays in one another: two for each operation, and a few for coordinates. */
const DEEPEST = 2 * LIMITS.depth + 10;

function nestingOf(text: string): number {
  let [depth, most] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if (token === '[' || token === '{') most = Math.max(most, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return most;
}

function parsed(text: string): unknown {
  // Whoever nests more deeply than the stack goes would end the parser itself.
  if (nestingOf(text) > DEEPEST) throw filterFault('', `at most ${LIMITS.depth} levels of nesting`);
  try {
    JSON.parse(text);
  } catch {
    throw filterFault('', 'valid JSON (for CQL2 text, filter-lang is cql2-text)');
  }
  // Numbers of more digits than a double holds pass through as marked texts. Whoever marks one himself has written a number.
  const marked = text.replace(LONG_NUMBER, (token) =>
    token.startsWith('"') || token.length < 16 ? token : JSON.stringify(MARK + token),
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? new Exact(value.slice(MARK.length)) : value,
  );
}

function readNode(value: unknown, at: string, budget: Budget): Node {
  budget.term(at);
  if (typeof value === 'number') return { is: 'number', text: String(value), at };
  if (value instanceof Exact) return { is: 'number', text: value.text, at };
  if (typeof value === 'string') return { is: 'text', value, at };
  if (typeof value === 'boolean') return { is: 'boolean', value, at };
  if (Array.isArray(value)) return { is: 'list', items: readAll(value, at, budget), at };
  if (value === null || typeof value !== 'object')
    throw filterFault(at, 'an operation, a property or a value', value);
  return readObject(value as Readonly<Record<string, unknown>>, at, budget);
}

function readAll(items: readonly unknown[], at: string, budget: Budget): Node[] {
  return budget.within(at, () => items.map((item, i) => readNode(item, `${at}/${i}`, budget)));
}

function readObject(value: Readonly<Record<string, unknown>>, at: string, budget: Budget): Node {
  if ('op' in value) return readCall(value, at, budget);
  if (typeof value.property === 'string') return { is: 'property', name: value.property, at };
  if (typeof value.date === 'string') return { is: 'instant', type: 'date', value: value.date, at };
  if (typeof value.timestamp === 'string')
    return { is: 'instant', type: 'timestamp', value: value.timestamp, at };
  if (Array.isArray(value.interval)) {
    const [from, to, more] = readAll(value.interval, `${at}/interval`, budget);
    if (!from || !to || more) throw filterFault(at, 'an interval of two ends');
    return { is: 'interval', from, to, at };
  }
  if (Array.isArray(value.bbox)) return { is: 'box', numbers: value.bbox.map(numberOf), at };
  if (typeof value.type === 'string' && SHAPE_TYPES.includes(value.type))
    return { is: 'shape', shape: readShape(value, at, budget), at };
  throw filterFault(
    at,
    'a member op, property, date, timestamp, interval, bbox, or a GeoJSON geometry',
    JSON.stringify(value),
  );
}

function readCall({ op, args }: Readonly<Record<string, unknown>>, at: string, budget: Budget): Node {
  if (typeof op !== 'string') throw filterFault(`${at}/op`, 'the name of an operation', op);
  if (!Array.isArray(args)) throw filterFault(at, `args of ${op} as an array`);
  const name = op === 'isNull' ? 'isnull' : op;
  return { is: 'call', name, args: readAll(args, `${at}/args`, budget), at };
}

function readShape(value: Readonly<Record<string, unknown>>, at: string, budget: Budget): Shape {
  const type = String(value.type);
  if (isPlain(type)) return checkShape(type, numbersOf(value.coordinates), at, budget);
  const { geometries } = value;
  if (!Array.isArray(geometries) || geometries.length === 0)
    throw filterFault(at, 'geometries of a GeometryCollection');
  return {
    type: 'GeometryCollection',
    geometries: budget.within(at, () =>
      geometries.map((part: unknown, i) => {
        const place = `${at}/geometries/${i}`;
        if (
          part === null ||
          typeof part !== 'object' ||
          !SHAPE_TYPES.includes(String((part as { type?: unknown }).type))
        )
          throw filterFault(place, 'a GeoJSON geometry');
        return readShape(part as Readonly<Record<string, unknown>>, place, budget);
      }),
    ),
  };
}

/** Coordinates have no use for more digits than a double has. */
function numbersOf(value: unknown): unknown {
  return Array.isArray(value) ? value.map(numbersOf) : value instanceof Exact ? Number(value.text) : value;
}

function numberOf(value: unknown): number {
  const number = numbersOf(value);
  return typeof number === 'number' ? number : NaN;
}
