import { InvalidArgumentError, type Command as Parser } from 'commander';
import type { Command } from '../../command.ts';
import type { Bounds } from '../../engine/types.ts';
import { warm } from './warm.ts';

interface Options {
  readonly layer: readonly string[];
  readonly choropleth: readonly string[];
  readonly zooms: readonly [from: number, to: number];
  readonly bbox?: Bounds;
  readonly url?: string;
  readonly concurrency: number;
  readonly json?: true;
}

/** `chorograph warm`: asks a running server for tiles, so that it has them when somebody else does. */
export const warmCommand: Command<{ readonly port: number }> = {
  name: 'warm',
  summary: 'asks a running server for tiles, so that they are there when somebody else does',
  usesDatabase: false,
  declare: (parser, tools) => {
    parser
      .option('--layer <id...>', 'layers whose tiles are asked for', [])
      .option('--choropleth <id...>', 'choropleths whose tiles are asked for', [])
      .option('--zooms <range>', 'one number or a range', zoomsOf, [0, 8])
      .option('--bbox <w,s,e,n>', 'only tiles that touch this box, in degrees', boxOf)
      .option('--url <url>', 'the server; on this machine at PORT where absent', urlOf)
      .option('--concurrency <number>', 'requests at a time', concurrencyOf, 4)
      .option('--json', 'what was done as JSON')
      .action(async (options: Options) => {
        const documents = documentsOf(options, parser);
        const base = options.url ?? `http://127.0.0.1:${tools.config().port}`;
        const { zooms, bbox, concurrency } = options;
        const done = await warm({ documents, zooms, bbox, base, concurrency }, (text) =>
          tools.progress(text),
        );
        if (options.json) tools.print(JSON.stringify(done));
        else for (const { text } of done) tools.print(text);
        if (done.some(({ failed }) => failed > 0)) process.exitCode = 1;
      });
  },
};

function documentsOf({ layer, choropleth }: Options, parser: Parser): string[] {
  const documents = [
    ...layer.map((id) => `/tiles/${encodeURIComponent(id)}.json`),
    ...choropleth.map((id) => `/gis/choropleth/${encodeURIComponent(id)}/tiles.json`),
  ];
  return documents.length > 0 ? documents : parser.error('error: name a --layer or a --choropleth');
}

function zoomsOf(text: string): [from: number, to: number] {
  const [, from, to = from] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text) ?? [];
  if (from === undefined || Number(from) > Number(to) || Number(to) > 24)
    throw new InvalidArgumentError('It must be a zoom from 0 to 24, or two of them as 0-8.');
  return [Number(from), Number(to)];
}

function boxOf(text: string): Bounds {
  const box = text.split(',').map(Number);
  if (box.length === 4 && box.every(Number.isFinite)) return box as unknown as Bounds;
  throw new InvalidArgumentError('It must be west,south,east,north in degrees.');
}

function urlOf(text: string): string {
  if (URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('It must be a URL.');
}

function concurrencyOf(text: string): number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 64) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
}
