import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { readConfig } from '../server/config.ts';
import { readMaps } from '../server/maps.ts';
import { startServer } from '../server/server.ts';
import { table } from './bench/report.ts';
import { byIlike, byTrigrams, fillPlain } from './eval-search/plain.ts';
import {
  ours,
  readQueries,
  scores,
  together,
  withKabupaten,
  type Finder,
  type Score,
} from './eval-search/queries.ts';

/**
 * `npm run eval:search [-- --missed]`: how often the labelled queries find what was meant, over the demo and the regencies
 * and cities of Indonesia, beside ILIKE and trigrams alone. It makes an embedded database of its own.
 */
const { values } = parseArgs({ options: { missed: { type: 'boolean', default: false } } });

const folder = mkdtempSync(join(tmpdir(), 'chorograph-eval-'));
const config = readConfig({ PORT: '0', CHOROGRAPH_SCHEDULE: 'false', CHOROGRAPH_DATA_DIR: folder });
const server = await startServer({ config, maps: readMaps(''), log: pino({ level: 'silent' }) });
try {
  await server.ready;
  const { index } = await server.ctx.searching.index();
  const all = withKabupaten(index);
  await fillPlain(server.ctx.db, [...all.all()]);
  console.log(`${readQueries().length} queries over ${all.documents.length} documents`);
  await print('Chorograph', ours(all));
  await print('ILIKE', byIlike(server.ctx.db));
  await print('pg_trgm', byTrigrams(server.ctx.db));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function print(name: string, find: Finder): Promise<void> {
  const parts = await scores(readQueries(), find);
  const typos = parts.filter(({ kind }) => kind.startsWith('typo-'));
  const all = [...parts, together('all typos', typos), together('all', parts)];
  table(name, [['kind', 'queries', 'recall@1', 'recall@5', 'MRR'], ...all.map(row)]);
  if (values.missed) for (const { kind, missed } of parts) console.log(`  ${kind}: ${missed.join(' | ')}`);
}

function row({ kind, queries, at1, at5, mrr }: Score): string[] {
  return [kind, String(queries), ...[at1, at5, mrr].map((share) => share.toFixed(3))];
}
