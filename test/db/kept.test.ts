import assert from 'node:assert/strict';
import { ident, named, sql, type Sql } from '../../server/db/sql.ts';
import type { Queryable } from '../../server/db/types.ts';
import { newDatabase, onPostgres, withDatabase } from '../support/environment.ts';

onPostgres('statements that connections keep', () => {
  it('are one for each name: who comes to mean another by it lets go of the one before', async () => {
    const work = async (tx: Queryable): Promise<void> => {
      const ask = async (query: Sql): Promise<unknown> => (await tx.run<{ value: unknown }>(query))[0]?.value;
      const kept = (): Promise<object[]> =>
        tx.run(sql`select name, statement like '%"b"%' as last from pg_prepared_statements order by name`);
      const of = (table: string, value: number): Sql =>
        named('value', sql`select ${value}::int as value from (select 1) ${ident(table)}`);
      await ask(named('another', sql`select 1 as value`));
      for (const table of ['a', 'b'])
        for (const value of [1, 2]) assert.equal(await ask(of(table, value)), value);
      assert.deepEqual(await kept(), [
        { name: 'another', last: false },
        { name: 'value', last: true },
      ]);
    };
    await withDatabase(await newDatabase(), (db) => db.transaction(work));
  });
});
