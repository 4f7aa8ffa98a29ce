import { AppError, invalidParameter, shorten } from '../../errors.ts';
import { isJson } from '../../catalog/discovery/functions.ts';
import type { FunctionLayer } from '../../catalog/types.ts';
import { sqlState } from '../../db/sqlstate.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { TileCoord } from '../types.ts';

type Query = Readonly<Record<string, string | string[]>>;

/**
 * The call of a tile function, as a row of its tile (`mvt`), the ETag that it gives it (`key`) and the tile's bytes
 * (`size`). z, x and y are given by position. A JSON argument named `query` or `query_params` gets all query parameters
 * as one object, as does an unnamed one; every other argument gets the parameter of its name, checked against its type.
 * Of several rows the tiles are joined. One of more than `maxBytes` stays in the database.
 * @throws AppError `invalid_parameter` (400): missing, unknown or not of the argument's type.
 */
export function functionQuery(
  layer: FunctionLayer,
  { z, x, y }: TileCoord,
  query: Query,
  maxBytes: number,
): Sql {
  if (!takesEverything(layer)) refuseUnknown(layer, query);
  const extra = layer.arguments.flatMap((argument) => {
    const value = isQueryObject(argument) ? JSON.stringify(typedObject(query)) : parameter(argument, query);
    if (value === undefined) return [];
    const typed = sql`${value}::text::${typeName(argument.type)}`;
    return [argument.name === '' ? typed : sql`${ident(argument.name)} => ${typed}`];
  });
  const place = [z, x, y].map((part, i) => sql`${part}::${typeName(layer.place[i] ?? 'integer')}`);
  const key = layer.hasKey ? sql`string_agg(t.key, ',')` : sql`null::text`;
  const columns = layer.hasKey ? sql`t(mvt, key)` : sql`t(mvt)`;
  return sql`select case when size <= ${maxBytes} then mvt end as mvt, key, size
    from (select string_agg(t.mvt, ''::bytea) as mvt, ${key} as key,
        coalesce(sum(octet_length(t.mvt)), 0)::float8 as size
      from ${ident(layer.schema, layer.name)}(${join([...place, ...extra])}) as ${columns}) tile`;
}

/** Whether a function is told a parameter of this name. */
export function takes(layer: FunctionLayer, name: string): boolean {
  return takesEverything(layer) || layer.arguments.some((argument) => argument.name === name);
}

function takesEverything(layer: FunctionLayer): boolean {
  return layer.arguments.some(isQueryObject);
}

type Argument = FunctionLayer['arguments'][number];

/** SQLSTATEs of a text that is not a value of a type: invalid text, date or number out of range. */
const NOT_A_VALUE = new Set(['22P02', '22003', '22007', '22008', '22023']);

/**
 * Parameters of types that only PostgreSQL can read (intervals, enums, arrays), and those that a
 * function takes out of its query, may still be refused by it.
 */
export function refuseParameters(layer: FunctionLayer, query: Query, error: unknown): never {
  const cause = error instanceof AppError ? error.cause : error;
  const given = Object.keys(query);
  if (given.length === 0 || !NOT_A_VALUE.has(sqlState(cause) ?? '')) throw error;
  const errors = given.map((parameter) => {
    const type = layer.arguments.find(({ name }) => name === parameter)?.type ?? 'its type';
    return { parameter: shorten(parameter, 40), expected: `a value of ${type}` };
  });
  throw new AppError(
    'invalid_parameter',
    { detail: 'a parameter has a value that is not of its type', errors },
    { cause: error },
  );
}

function isQueryObject(argument: Argument): boolean {
  return isJson(argument.type) && /^(query(_params)?)?$/.test(argument.name);
}

function refuseUnknown(layer: FunctionLayer, query: Query): void {
  const names = layer.arguments.map((argument) => argument.name).filter((name) => name !== '');
  const unknown = Object.keys(query).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw invalidParameter(
    unknown,
    query[unknown],
    names.length > 0 ? `one of ${names.join(', ')}` : 'left out',
  );
}

const CHECKS: readonly (readonly [type: RegExp, value: RegExp, expected: string])[] = [
  [/^(smallint|integer|bigint)$/, /^-?\d{1,19}$/, 'a whole number'],
  [/^(real|double precision|numeric)$/, /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i, 'a number'],
  [/^boolean$/, /^(true|false|t|f|1|0)$/i, 'true or false'],
  [/^uuid$/, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a UUID'],
  [/^date$/, /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a date as YYYY-MM-DD'],
];

/** Ranges that PostgreSQL would refuse after the query was sent. */
const RANGES: Readonly<Record<string, bigint>> = {
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
};

function parameter(argument: Argument, query: Query): string | undefined {
  if (argument.name === '') return undefined; // it has a default
  const raw = Object.hasOwn(query, argument.name) ? query[argument.name] : undefined;
  if (raw === undefined) {
    if (argument.required) throw invalidParameter(argument.name, null, `given (${argument.type})`);
    return undefined;
  }
  if (typeof raw !== 'string' || raw.includes('\0')) throw invalidParameter(argument.name, raw, 'given once');
  const check = CHECKS.find(([type]) => type.test(argument.type));
  if (check && !check[1].test(raw)) throw invalidParameter(argument.name, raw, check[2]);
  const limit = RANGES[argument.type];
  if (limit !== undefined && (BigInt(raw) > limit || BigInt(raw) < -limit)) {
    throw invalidParameter(argument.name, raw, `a ${argument.type}`);
  }
  return raw;
}

/** Parameters as JSON values: numbers, true, false and null as such, everything else as text. */
function typedObject(query: Query): Record<string, unknown> {
  const typed = (text: string, name: string): unknown => {
    if (text.includes('\0')) throw invalidParameter(name, text, 'free of NUL characters');
    return /^(-?(0|[1-9]\d{0,14})(\.\d{1,15})?|true|false|null)$/.test(text)
      ? (JSON.parse(text) as unknown)
      : text;
  };
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' ? typed(value, name) : value.map((one) => typed(one, name)),
    ]),
  );
}

/** `format_type` gave the name, quoted where it must be, so it is spliced as it stands. */
function typeName(type: string): Sql {
  return sql([type] as unknown as TemplateStringsArray);
}
