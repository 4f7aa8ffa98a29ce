import { Catalog, type CatalogMaps } from '../catalog/catalog.ts';
import type { CatalogConfig } from '../catalog/settings.ts';
import type { Command, CommandTools } from '../command.ts';
import type { Database } from '../db/types.ts';
import { Generations } from '../generations/generations.ts';
import { answer } from './answers/answer.ts';
import { searchIndexes, type SearchIndexes } from './store/indexes.ts';
import type { SearchMaps } from './maps.ts';
import type { Regions } from './needs.ts';
import { readQuery } from './words/query.ts';
import { Searching } from './searching.ts';
import type { SearchConfig } from './settings.ts';
import { EVERYTHING } from './sight.ts';

type Maps = CatalogMaps & SearchMaps & { readonly regions: Readonly<Record<string, Regions>> };
type Tools = CommandTools<CatalogConfig & SearchConfig, Maps>;

/** `chorograph search indexes | rebuild | explain`: what search has in the database, and what it makes of a query. */
export const searchCommand: Command<CatalogConfig & SearchConfig, Maps> = {
  name: 'search',
  summary: 'shows how its indexes are used, reads all documents anew, explains a query',
  declare: (parser, tools) => {
    parser
      .command('indexes')
      .description('scans, tuples and size of each index, and those that are unused or missing')
      .option('--json', 'as JSON')
      .action(async ({ json }: { json?: true }) => {
        const { database } = await tools.database({ migrated: true });
        const use = await searchIndexes(database);
        if (json) return tools.print(JSON.stringify(use));
        for (const line of described(use)) tools.print(line);
      });
    parser
      .command('rebuild')
      .description('reads every source anew and keeps what differs')
      .action(async () => {
        const { database } = await tools.database({ migrated: true });
        const { index } = await (await searchingOver(tools, database)).rebuild();
        tools.print(`${index.size} documents can be found`);
      });
    parser
      .command('explain')
      .description('how a query is understood, and why each hit is one')
      .argument('<query>')
      .option('--json', 'as JSON')
      .action(async (text: string, { json }: { json?: true }) => {
        const { database } = await tools.database({ migrated: true });
        const { index } = await (await searchingOver(tools, database)).index();
        const { words, nameWords, key, kind } = readQuery(text);
        const started = performance.now();
        const found = answer(index, { q: text, offset: 0, limit: 20 }, EVERYTHING);
        const ms = Number((performance.now() - started).toFixed(2));
        const understood = { words, nameWords, key, kind: kind ?? null };
        if (json) return tools.print(JSON.stringify({ understood, ms, ...found }));
        tools.print(`words: ${words.join(' ')}; run together: ${key}; kind: ${kind ?? 'none'}`);
        tools.print(`${found.total} of ${index.size} documents in ${ms} ms`);
        for (const { score, why, title, parents, id } of found.hits)
          tools.print(
            `${score.toFixed(3)}  ${why.match.padEnd(6)}  ${[title, ...parents].join(', ')}  (${id})`,
          );
      });
  },
};

/** The same documents as a server over this database has, but for choropleths. */
async function searchingOver(tools: Tools, db: Database): Promise<Searching> {
  const { schemas, defaultSrid, search } = tools.config();
  const maps = await tools.servedMaps(db);
  const generations = new Generations(db, () => {});
  generations.enableTracking();
  await generations.poll();
  const catalog = new Catalog(db, maps, { schemas, defaultSrid }, () => {});
  await catalog.reload();
  const searching = new Searching({
    config: { search },
    maps,
    db,
    catalog,
    choropleths: { version: 0, all: () => [] },
    generations,
    startup: {},
    observe: (event) => {
      if (event.type !== 'search.built') tools.log.warn({ err: event.error }, 'not all of it could be kept');
    },
  });
  tools.releasers.push('search', () => searching.stop());
  return searching;
}

function described({ documents, tableBytes, indexes, missing }: SearchIndexes): string[] {
  return [
    `${documents} documents, ${kilobytes(tableBytes)}`,
    ...indexes.map(
      ({ index, bytes, scans, tuplesRead, unused, valid }) =>
        `${index}  ${kilobytes(bytes)}  ${scans} scans, ${tuplesRead} tuples${unused ? ', unused' : ''}${valid ? '' : ', not valid'}`,
    ),
    ...missing.map(({ index, why, statement }) => `missing: ${index} (${why}): ${statement}`),
  ];
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} kB`;
