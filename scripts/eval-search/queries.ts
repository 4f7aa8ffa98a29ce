import { readFileSync } from 'node:fs';
import { buildIndex } from '../../server/search/index/search-index.ts';
import { WholeIndex } from '../../server/search/index/whole.ts';
import { documentId, type SearchDocument } from '../../server/search/documents/document.ts';
import { corpusOf } from '../../server/search/documents/corpus.ts';
import { documentsOf } from '../../server/search/documents/documents.ts';
import { withParents } from '../../server/search/sources/parents.ts';
import { readQuery } from '../../server/search/words/query.ts';
import { search } from '../../server/search/finding/search.ts';
import { atOnce } from '../../server/search/index/slices.ts';
import type { PlaceNames } from '../../server/places/aliases.ts';
import { projectPath } from '../../server/tools/paths.ts';

/** A query, and the ids of the documents of which one should be found. */
export interface LabelledQuery {
  readonly kind: string;
  readonly query: string;
  readonly expected: readonly string[];
}

/** Finds ids of documents, best first. */
export type Finder = (query: string) => readonly string[] | Promise<readonly string[]>;

const data = (...path: string[]): string => readFileSync(projectPath('data', ...path), 'utf8');

/** `data/search/queries.csv`; a query that has a comma stands in quotes. */
export function readQueries(): LabelledQuery[] {
  return lines(data('search', 'queries.csv')).map((line) => {
    const [, kind = '', quoted, plain = '', expected = ''] =
      /^([^,]+),(?:"((?:[^"]|"")*)"|([^",]*)),(.+)$/.exec(line) ?? [];
    return { kind, query: quoted?.replaceAll('""', '"') ?? plain, expected: expected.split('|') };
  });
}

/** The regencies and cities of Indonesia, which the demo has no boundaries of. */
export function kabupaten(): SearchDocument[] {
  return lines(data('id', 'kabupaten-kota.csv')).map((line) => {
    const [province = '', kind = '', name = ''] = line.split(',');
    return {
      source: 'regions:kabupaten',
      key: `${kind} ${name}`,
      kind: 'region',
      title: `${kind} ${name}`,
      code: undefined,
      aliases: [],
      parents: [province],
      parentIds: [],
      texts: [],
      centre: undefined,
      box: undefined,
      rank: 0.3,
      shownBy: 'kabupaten',
    };
  });
}

const lines = (text: string): string[] => text.trim().split('\n').slice(1);

/** What a server found, with the regencies and cities among it. */
export function withKabupaten(whole: WholeIndex): WholeIndex {
  const { aliases } = JSON.parse(data('id', 'place-names.json')) as PlaceNames;
  const more = atOnce(withParents([documentsOf(kabupaten())], aliases));
  return new WholeIndex(atOnce(buildIndex(corpusOf([...whole.all(), ...more]))));
}

export const ours =
  (index: WholeIndex): Finder =>
  (query) =>
    search(index, readQuery(query), { most: 20 }).hits.map(({ document }) =>
      documentId(index.documents.at(document)),
    );

export interface Score {
  readonly kind: string;
  readonly queries: number;
  /** Shares of queries whose document is the first, or among the first five. */
  readonly at1: number;
  readonly at5: number;
  /** Mean of 1 over the place of the document; 0 where it is not found. */
  readonly mrr: number;
  readonly missed: readonly string[];
}

/** How well queries are answered, kind by kind. */
export async function scores(queries: readonly LabelledQuery[], find: Finder): Promise<Score[]> {
  const kinds = [...new Set(queries.map(({ kind }) => kind))];
  return Promise.all(
    kinds.map(async (kind) => {
      const own = queries.filter((query) => query.kind === kind);
      const places: number[] = [];
      for (const { query, expected } of own) {
        const ids = await find(query);
        places.push(ids.findIndex((id) => expected.includes(id)) + 1);
      }
      const share = (most: number): number =>
        places.filter((place) => place > 0 && place <= most).length / own.length;
      return {
        kind,
        queries: own.length,
        at1: share(1),
        at5: share(5),
        mrr: places.reduce((sum, place) => sum + (place > 0 ? 1 / place : 0), 0) / own.length,
        missed: own.flatMap(({ query }, i) => (places[i]! > 0 && places[i]! <= 5 ? [] : [query])),
      };
    }),
  );
}

/** Scores of several kinds as one. */
export function together(kind: string, parts: readonly Score[]): Score {
  const queries = parts.reduce((sum, part) => sum + part.queries, 0);
  const mean = (of: (score: Score) => number): number =>
    parts.reduce((sum, part) => sum + of(part) * part.queries, 0) / queries;
  return {
    kind,
    queries,
    at1: mean(({ at1 }) => at1),
    at5: mean(({ at5 }) => at5),
    mrr: mean(({ mrr }) => mrr),
    missed: parts.flatMap(({ missed }) => missed),
  };
}
