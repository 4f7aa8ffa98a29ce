import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Catalog } from '../catalog/catalog.ts';
import type { CatalogConfig } from '../catalog/settings.ts';
import type { TableLayer } from '../catalog/types.ts';
import { RESERVED } from '../choropleth/public.ts';
import type { Command, CommandTools } from '../command.ts';
import type { HttpConfig } from '../http/settings.ts';
import { proposeMaps } from './init.ts';

type Config = CatalogConfig & HttpConfig & { readonly mapsFile: string };
type Tools = CommandTools<Config>;

interface Options {
  readonly out?: string;
  readonly force?: true;
  readonly json?: true;
}

/** The database has nothing to map. */
const NOTHING = 2;

/**
 * `chorograph init`: looks at a database, changes nothing in it, and proposes a `maps.yaml`. Without `--out` it goes to
 * standard output; on a terminal it asks whether it is to be written.
 */
export const initCommand: Command<Config> = {
  name: 'init',
  summary: 'looks at a database and proposes its maps.yaml: region sets, figures, and why',
  declare: (parser, tools) => {
    parser
      .option('--out <file>', 'where to write it, instead of standard output')
      .option('--force', 'also over a file that is there')
      .option('--json', 'the proposal as JSON')
      .action((options: Options) => init(tools, options));
  },
};

async function init(tools: Tools, { out, force, json }: Options): Promise<void> {
  if (out !== undefined && existsSync(out) && !force)
    throw new Error(`${out} is there already; --force writes over it`);
  const { database: db } = await tools.database();
  const { schemas, defaultSrid } = tools.config();
  const catalog = new Catalog(db, { regions: {}, layers: {} }, { schemas, defaultSrid }, () => {});
  await catalog.reload();
  const layers = catalog
    .all()
    .filter((layer): layer is TableLayer => layer.type === 'table' && !layer.problem);
  const proposal = await proposeMaps(db, {
    layers,
    schemas,
    reserved: RESERVED,
    progress: (text) => tools.progress(text),
  });
  const { notes, remedies, choropleths, regions } = proposal;
  const maps = proposal.maps && `${schemaLine(tools.config())}${proposal.maps}`;
  if (maps === undefined) process.exitCode = NOTHING;
  if (json) tools.print(JSON.stringify({ ...proposal, maps: maps ?? null }, null, 2));
  else if (maps === undefined) {
    for (const note of notes) tools.print(note);
    for (const { statement } of remedies) tools.print(statement);
    tools.print('Boundaries come from files with ogr2ogr or shp2pgsql; chorograph seed loads a demo to try.');
  } else if (out === undefined) tools.print(maps.trimEnd());
  if (maps === undefined) return;
  const file = out ?? (json ? undefined : await askForFile(tools.config().mapsFile));
  if (file === undefined) return;
  await writeFile(file, maps);
  const found = `Region sets: ${regions.length}, choropleths: ${choropleths.length};`;
  if (!json) tools.print(`${found} written to ${file}. Next: chorograph serve --maps ${file}`);
}

/** Tells editors where they find what may stand in the file: at the server, once it runs. */
function schemaLine({ publicUrl, host, port }: HttpConfig): string {
  const address = host.includes(':') ? `[${host}]` : host;
  const base = publicUrl ?? `http://${/^(0\.0\.0\.0|\[::\])$/.test(address) ? 'localhost' : address}:${port}`;
  return `# yaml-language-server: $schema=${base}/schemas/maps.json\n`;
}

/** Only people are asked: who reads a pipe cannot answer. A file that is there is not offered to be lost. */
async function askForFile(file: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || existsSync(file)) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Write this to ${file}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim()) ? file : undefined;
  } finally {
    lines.close();
  }
}
