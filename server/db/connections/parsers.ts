import pg from 'pg';

const { builtins } = pg.types;
const asText: readonly number[] = [builtins.DATE, builtins.TIMESTAMP, builtins.TIMESTAMPTZ];

/** Dates stay the text PostgreSQL sent; `int8` becomes a number where that loses nothing. */
export function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (asText.includes(oid)) return (value) => value;
  if (oid === builtins.INT8) return safeInteger;
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}

function safeInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}
