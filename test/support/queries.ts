import type { Database } from '../../server/db/types.ts';
import type { TestServer } from './environment.ts';

/** Texts of the queries about a relation that a server runs while `work` does. */
export async function queriesDuring(
  server: TestServer,
  relation: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const db = server.ctx.db as Database & { run: Database['run'] };
  const original = db.run.bind(db);
  const texts: string[] = [];
  db.run = ((query, options) => {
    if (query.text.includes(`"${relation}"`)) texts.push(query.text);
    return original(query, options);
  }) as Database['run'];
  try {
    await work();
  } finally {
    db.run = original;
  }
  return texts;
}
