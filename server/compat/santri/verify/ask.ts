import { shown } from './compare.ts';

const PATIENCE_MS = 120_000;

export interface Server {
  readonly url: string;
  /** Sent as `X-API-Key`. */
  readonly key?: string | undefined;
}

export interface Asked {
  readonly status: number;
  /** Undefined where the answer is no JSON. */
  readonly body: unknown;
}

export type Query = Readonly<Record<string, string | number>>;

/** `/gis/heatmap?page=2`, as it is asked and as it is told. */
export function pathOf(path: string, query: Query = {}): string {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return text.size === 0 ? path : `${path}?${text}`;
}

/** @throws Error where the server does not answer at all */
export async function ask({ url, key }: Server, path: string, sent?: unknown): Promise<Asked> {
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method: sent === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json, application/geo+json',
        ...(sent !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'x-api-key': key }),
      },
      ...(sent !== undefined && { body: JSON.stringify(sent) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await answer.text();
    return { status: answer.status, body: parsed(text) };
  } catch (error) {
    throw new Error(`${url} does not answer ${path}`, { cause: error });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Of points and persons alike; empty where an answer has no pages. */
export function paginationOf(body: unknown): Readonly<Record<string, unknown>> {
  const { pagination, meta } = (body ?? {}) as { pagination?: object; meta?: { pagination?: object } };
  return { ...(pagination ?? meta?.pagination) };
}

export function numberIn(pagination: Readonly<Record<string, unknown>>, ...names: string[]): number {
  const found = names.map((name) => pagination[name]).find((value) => value !== undefined);
  const number = Number(found);
  if (!Number.isInteger(number)) throw new Error(`no number of pages: ${shown(pagination)}`);
  return number;
}
