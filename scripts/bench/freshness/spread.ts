import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { roundOf } from './data.ts';

/** Milliseconds since 1970, finer than `Date.now()` and comparable to a browser's. */
export const clock = (): number => performance.timeOrigin + performance.now();

const POLL_MS = 2;

/**
 * When a plain client of the database could last not see the new generation: at or before the commit, so that
 * what is measured from here is never less than the truth.
 */
export async function commitTime(client: pg.Client, before: number): Promise<number> {
  for (;;) {
    const asked = clock();
    if ((await generation(client)) !== before) return asked - POLL_MS;
    await sleep(POLL_MS);
  }
}

export async function generation(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ generation: string }>(
    `select generation from chorograph.generation where relation = 'public.cube'`,
  );
  return Number(rows[0]?.generation ?? 0);
}

/** When the server first sent values of `round`, complete and looked into. */
export async function firstCorrect(server: string, round: number): Promise<number> {
  let etag = '';
  for (;;) {
    const answer = await fetch(`${server}/gis/choropleth/facts/values.json`, {
      headers: { 'If-None-Match': etag },
    });
    const text = await answer.text();
    const at = clock();
    if (answer.status === 200) {
      etag = answer.headers.get('etag') ?? '';
      const { rows } = JSON.parse(text) as { rows: [string, string, null, number][] };
      if (roundOf(new Map(rows.map(([code, , , value]) => [code, value]))) === round) return at;
    } else if (answer.status !== 304) throw new Error(`${server} answered ${answer.status}: ${text}`);
    await sleep(POLL_MS);
  }
}

/** Refreshes the cube through the API and waits for the end of the run. */
export async function refresh(server: string, key: string): Promise<void> {
  const answer = await fetch(`${server}/gis/choropleth/facts/refresh?wait=true`, {
    method: 'POST',
    headers: { 'X-API-Key': key },
  });
  if (answer.status !== 200) throw new Error(`the refresh failed: ${answer.status} ${await answer.text()}`);
}
