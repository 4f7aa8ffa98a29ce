import type { Sql } from '../../server/db/sql.ts';
import type { Database } from '../../server/db/types.ts';
import type { TestServer } from './environment.ts';

/** Texts of the queries about a relation that a server runs while `work` does, in transactions too. */
export async function queriesDuring(
  server: TestServer,
  relation: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const db = server.ctx.db as Database & Pick<Database, 'run' | 'transaction'>;
  const [run, transaction] = [db.run.bind(db), db.transaction.bind(db)];
  const texts: string[] = [];
  const note = ({ text }: Sql): void => {
    if (text.includes(`"${relation}"`)) texts.push(text);
  };
  db.run = ((query, options) => {
    note(query);
    return run(query, options);
  }) as Database['run'];
  db.transaction = (inside, options) =>
    transaction((tx) => {
      const noted = (query: Sql, own?: Parameters<typeof tx.run>[1]): Promise<object[]> => {
        note(query);
        return tx.run(query, own);
      };
      return inside({ run: noted as typeof tx.run });
    }, options);
  try {
    await work();
  } finally {
    Object.assign(db, { run, transaction });
  }
  return texts;
}
