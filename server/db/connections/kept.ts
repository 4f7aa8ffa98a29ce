import pg from 'pg';

/** What the client of a session knows to be prepared in it: texts by name. */
interface Session {
  readonly connection?: { readonly parsedStatements?: Record<string, string> };
}

/**
 * Lets go of what a session keeps prepared under a name, where that is to stand for another text from now on: sessions
 * live long, and would keep a statement for every table that a name ever stood for.
 */
export async function letGo(client: pg.ClientBase, name: string, text: string): Promise<void> {
  const kept = (client as unknown as Session).connection?.parsedStatements;
  const known = kept?.[name];
  if (!kept || known === undefined || known === text) return;
  await client.query(`deallocate ${pg.escapeIdentifier(name)}`);
  delete kept[name];
}
