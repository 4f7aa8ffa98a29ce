import pg from 'pg';
import type { Database, Queryable } from '../../../db/types.ts';
import { copying, generate, inserting, refuseFilled, type GenerateOptions } from './load.ts';
import { readPlaces } from './places.ts';

/** Made-up people on either database, all or nothing. @throws Error where there are people already, or no boundaries */
export async function generatePeople(
  { database, connection }: { database: Database; connection: pg.ClientConfig },
  options: GenerateOptions,
): Promise<void> {
  await refuseFilled(database);
  const places = await readPlaces(database);
  if (database.kind === 'embedded') {
    await database.transaction((tx) => generate(tx, inserting(tx), places, options), {
      timeoutMs: 3_600_000,
    });
    return;
  }
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query('begin');
    await generate(queryable(client), copying(client), places, options);
    await client.query('commit');
    await client.query(
      'analyze public.santri_map, public.pesantren_map, public.santri_pribadi, public.santri_skor',
    );
  } finally {
    await client.end();
  }
}

function queryable(client: pg.Client): Queryable {
  return {
    run: async <Row extends object>(query: { text: string; values: readonly unknown[] }) =>
      (await client.query(query.text, [...query.values])).rows as Row[],
  };
}
