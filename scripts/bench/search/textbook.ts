import type pg from 'pg';
import type { QueryKind, Village } from './names.ts';

/** A table of villages, and beside it what a textbook makes to search it: a column of words and two GIN indexes. */
export async function makeVillages(client: pg.Client, villages: readonly Village[]): Promise<void> {
  await client.query(`
    create extension if not exists pg_trgm;
    create table public.villages (code text primary key, name text not null, district text, geom geometry(Point, 4326))`);
  for (let i = 0; i < villages.length; i += 20_000)
    await client.query(
      `insert into public.villages select code, name, district, st_point(95 + (row_number() over () * 7 % 46000) / 1000.0, -10 + random() * 15)
       from jsonb_to_recordset($1::jsonb) as r (code text, name text, district text)`,
      [JSON.stringify(villages.slice(i, i + 20_000))],
    );
  await client.query(`
    create schema textbook;
    create table textbook.document as select code, name, district,
      to_tsvector('simple', name || ' ' || district) as words from public.villages;
    create index on textbook.document using gin (words);
    create index on textbook.document using gin (name gin_trgm_ops);
    create unique index on textbook.document (code);
    analyze`);
}

/** Full text first, the last word perhaps unfinished; where that finds nothing, what is similar, which the index answers. */
export async function textbook(
  client: pg.Client,
  { kind, limit }: { kind: QueryKind; limit: number },
  text: string,
): Promise<void> {
  if (kind === 'code') {
    await client.query({
      name: 'code',
      text: `select * from textbook.document where code = $1`,
      values: [text],
    });
    return;
  }
  const words = text.toLowerCase().split(' ').filter(Boolean);
  const query = words.map((word, i) => `'${word}'${i === words.length - 1 ? ':*' : ''}`).join(' & ');
  const { rowCount } = await client.query({
    name: 'words',
    text: `select code, name, district, ts_rank(words, query) as rank
           from textbook.document, to_tsquery('simple', $1) query where words @@ query order by rank desc, name limit $2`,
    values: [query, limit],
  });
  if (rowCount) return;
  await client.query({
    name: 'similar',
    text: `select code, name, district, similarity(name, $1) as rank
           from textbook.document where name % $1 order by rank desc, name limit $2`,
    values: [text, limit],
  });
}
