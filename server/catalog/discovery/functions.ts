import type { Comment } from './comments.ts';
import { readComment } from './comments.ts';
import type { FunctionArgument, FunctionLayer, LayerProblem } from '../types.ts';

/** A function as `sql/catalog/functions.sql` reports it. */
export interface FunctionRow {
  schema: string;
  name: string;
  description: string | null;
  executable: boolean;
  volatile: boolean;
  variadic: boolean;
  required: number;
  arguments: { name: string; type: string; pseudo: boolean; default: string | null }[];
  /** Types of the columns of its result. */
  result: string[];
  identity: string;
}

const WHOLE_NUMBERS = ['smallint', 'integer', 'bigint'];
/** z, x and y. */
const PLACE = 3;

export function functionLayer(id: string, row: FunctionRow, all: readonly FunctionRow[]): FunctionLayer {
  const { schema, name } = row;
  const {
    title = name,
    description,
    contentType,
    vectorLayers,
    ...about
  }: Comment = readComment(row.description);
  const extra = row.arguments.slice(PLACE).map(({ name, type, default: fallback }, i): FunctionArgument => {
    const required = i + PLACE < row.required;
    return { name, type, required, ...(fallback === null ? {} : { default: fallback }) };
  });
  return {
    type: 'function',
    id,
    schema,
    name,
    title,
    description,
    ...about,
    ...(contentType === undefined ? {} : { contentType }),
    ...(vectorLayers === undefined ? {} : { vectorLayers }),
    place: row.arguments.slice(0, PLACE).map(({ type }) => type),
    arguments: extra,
    hasKey: row.result.length === 2,
    volatile: row.volatile,
    identity: row.identity,
    problem: functionProblem(row, all),
  };
}

function functionProblem(row: FunctionRow, all: readonly FunctionRow[]): LayerProblem | undefined {
  if (!row.executable)
    return { reason: 'no_select_privilege', detail: 'the database role may not execute this function' };
  const argument = argumentProblem(row, all);
  if (argument !== undefined) return { reason: 'unsupported_argument', detail: argument };
  const result = resultProblem(row.result);
  return result === undefined ? undefined : { reason: 'unsupported_result', detail: result };
}

function argumentProblem(row: FunctionRow, all: readonly FunctionRow[]): string | undefined {
  const place = row.arguments.slice(0, PLACE);
  const wrong = place.find(({ type }) => !WHOLE_NUMBERS.includes(type));
  if (wrong) return `${wrong.name || 'an argument'} is ${wrong.type}: z, x and y must be whole numbers`;
  if (row.variadic) return 'a function that takes any number of arguments cannot be called';
  const extra = row.arguments.slice(PLACE);
  const pseudo = extra.find((one) => one.pseudo);
  if (pseudo) return `${pseudo.name || 'an argument'} is ${pseudo.type}: no parameter is of that type`;
  const unnamed = extra.some(
    ({ name, type }, i) => name === '' && i + PLACE < row.required && !(i === 0 && isJson(type)),
  );
  if (unnamed) return 'every argument after z, x and y needs a name or a default';
  if (isAmbiguous(row, all)) return 'a call with z, x and y alone fits another function of the same name';
  return undefined;
}

/** PostgreSQL takes the one without defaults where there is one, and neither where both have some. */
function isAmbiguous(row: FunctionRow, all: readonly FunctionRow[]): boolean {
  if (row.required > PLACE || row.arguments.length === PLACE) return false;
  const types = (one: FunctionRow): string =>
    one.arguments
      .slice(0, PLACE)
      .map(({ type }) => type)
      .join();
  return all.some(
    (other) =>
      other !== row &&
      other.schema === row.schema &&
      other.name === row.name &&
      other.required <= PLACE &&
      types(other) === types(row),
  );
}

function resultProblem([tile, key, ...rest]: readonly string[]): string | undefined {
  const isKey = key === undefined || ['text', 'character varying'].includes(key);
  if (tile === 'bytea' && isKey && rest.length === 0) return undefined;
  const given = [tile, key, ...rest].filter((type) => type !== undefined).join(', ');
  return `it returns ${given}: a tile is bytea, alone or with a text that is its ETag`;
}

export function isJson(type: string): boolean {
  return type === 'json' || type === 'jsonb';
}
