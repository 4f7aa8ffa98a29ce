import assert from 'node:assert/strict';
import type { TestServer } from '../support/environment.ts';

/** One row of values.json by column. */
export interface ValueRow {
  code: string;
  name: string;
  parent: string | null;
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  class: number | null;
  rank: number | null;
  status: string;
  from?: number | null;
  to?: number | null;
}

export interface Values {
  rows: ValueRow[];
  byCode: Map<string, ValueRow>;
  classification: {
    method: string;
    breaks: number[];
    thresholds: number[];
    thresholdClasses: number[];
    counts: number[];
    n: number;
    center?: number;
  };
  warnings: { code: string; message: string }[];
  parameters: Record<string, string>;
  metric: { label: string; unit?: string };
  version: string;
}

/** The values of a choropleth: `query` by parameter; a list repeats the parameter. */
export async function values(
  server: TestServer,
  id: string,
  query: Record<string, string | string[]> = {},
): Promise<Values> {
  const { body, status } = await server.api.get(`/gis/choropleth/${id}/values.json`).query(query);
  assert.equal(status, 200, JSON.stringify(body));
  const { columns, rows, ...rest } = body as { columns: string[]; rows: unknown[][] };
  const entries = rows.map(
    (row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])) as unknown as ValueRow,
  );
  return {
    ...(rest as unknown as Omit<Values, 'rows' | 'byCode'>),
    rows: entries,
    byCode: new Map(entries.map((row) => [row.code, row])),
  };
}
