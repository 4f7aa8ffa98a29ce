import { availableParallelism } from 'node:os';
import { InvalidArgumentError, type Command as Parser } from 'commander';
import { exportArchive, type Wanted } from '../archives/public.ts';
import type { Command } from '../command.ts';
import type { Config } from '../config.ts';
import type { Bounds } from '../engine/types.ts';
import type { Maps } from '../maps.ts';
import { contextOver } from './context.ts';
import type { Tools } from './tools.ts';

interface Options {
  readonly layer?: string;
  readonly choropleth?: string;
  readonly zooms: readonly [from: number, to: number];
  readonly bbox?: Bounds;
  readonly query: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly json?: true;
}

/** One tile of a wide zoom may take long. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** `chorograph export … out.pmtiles` (or `.mbtiles`): all tiles of a layer or a choropleth as one file. */
export const exportCommand: Command<Config, Maps> = {
  name: 'export',
  summary: 'makes one file of all tiles of a layer or a choropleth (PMTiles, MBTiles)',
  declare: (parser, tools) => {
    parser
      .argument('<file>', 'OUT.pmtiles or OUT.mbtiles; what is there is replaced when all is done', fileOf)
      .option('--layer <id>', 'the layer')
      .option('--choropleth <id>', 'or the choropleth')
      .option('--zooms <range>', 'one number or a range', zoomsOf, [0, 10])
      .option('--bbox <w,s,e,n>', 'only tiles that meet this box, in degrees', boxOf)
      .option('--query <parameters>', "as in a tile's URL: columns=name&filter=…, metric=…", queryOf, {})
      .option('--threads <number>', 'how many make tiles', threadsOf, availableParallelism())
      .option('--json', 'what was done as JSON')
      .action((out: string, options: Options) => run(tools as Tools, parser, out, options));
  },
};

async function run(tools: Tools, parser: Parser, out: string, options: Options): Promise<void> {
  const wanted = wantedOf(options, parser);
  const { zooms, bbox, threads } = options;
  const opened = await tools.database({ migrated: 'if permitted', statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const ctx = await contextOver(tools, opened);
  const began = performance.now();
  const made = await exportArchive(ctx, wanted, {
    out,
    zooms,
    bbox,
    threads,
    signal: new AbortController().signal,
    say: (text) => tools.complain(text),
    tell: ({ zoom, tiles, bytes, share }) => {
      const rate = tiles / Math.max(0.001, (performance.now() - began) / 1000);
      tools.progress(`zoom ${zoom}: ${tiles} tiles, ${megabytes(bytes)}, ${rate.toFixed(0)}/s`, share);
    },
  });
  const ms = Math.round(performance.now() - began);
  if (options.json) return tools.print(JSON.stringify({ file: out, ...made, ms }));
  const took = `${(ms / 1000).toFixed(1)} s`;
  tools.print(`${out}: ${made.tiles} tiles, ${megabytes(made.bytes)} of different contents, in ${took}`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function wantedOf({ layer, choropleth, query }: Options, parser: Parser): Wanted {
  if (layer !== undefined && choropleth === undefined) return { kind: 'layer', id: layer, query };
  if (choropleth !== undefined && layer === undefined) return { kind: 'choropleth', id: choropleth, query };
  return parser.error('error: name a --layer or a --choropleth');
}

function fileOf(text: string): string {
  if (/\.(pm|mb)tiles$/.test(text)) return text;
  throw new InvalidArgumentError('Its name must end with .pmtiles or .mbtiles.');
}

function zoomsOf(text: string): [from: number, to: number] {
  const [, from, to = from] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text) ?? [];
  if (from !== undefined && Number(from) <= Number(to) && Number(to) <= 24) return [Number(from), Number(to)];
  throw new InvalidArgumentError('It must be a zoom from 0 to 24, or two of them as 0-10.');
}

function boxOf(text: string): Bounds {
  const box = text.split(',').map(Number);
  if (box.length === 4 && box.every(Number.isFinite)) return box as unknown as Bounds;
  throw new InvalidArgumentError('It must be west,south,east,north in degrees.');
}

const queryOf = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

function threadsOf(text: string): number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 64) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
}
