import { parseArgs } from 'node:util';
import { warm, type WarmOptions } from './warm/tiles.ts';

const USAGE = `usage: npm run warm -- --layer ID [--layer ID …] | --choropleth ID […]
  --zooms 0-8          zooms to ask for, as one number or a range (default 0-8)
  --bbox w,s,e,n       only tiles that touch this box, in degrees (default: where the layer is)
  --url http://…       the server (default http://127.0.0.1:3000, or the PORT of the environment)
  --concurrency 4      requests at a time
`;

/** `npm run warm`: asks a running server for tiles, so that it has them when somebody else does. */
function readOptions(): WarmOptions {
  const { values } = parseArgs({
    options: {
      layer: { type: 'string', multiple: true, default: [] },
      choropleth: { type: 'string', multiple: true, default: [] },
      zooms: { type: 'string', default: '0-8' },
      bbox: { type: 'string' },
      url: { type: 'string', default: `http://127.0.0.1:${process.env.PORT || '3000'}` },
      concurrency: { type: 'string', default: '4' },
    },
  });
  const zooms = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(values.zooms);
  const [from, to] = [Number(zooms?.[1]), Number(zooms?.[2] ?? zooms?.[1])];
  const bbox = values.bbox?.split(',').map(Number);
  const concurrency = Number(values.concurrency);
  const documents = [
    ...values.layer.map((id) => `/tiles/${encodeURIComponent(id)}.json`),
    ...values.choropleth.map((id) => `/gis/choropleth/${encodeURIComponent(id)}/tiles.json`),
  ];
  const valid =
    documents.length > 0 &&
    from <= to &&
    to <= 24 &&
    (bbox === undefined || (bbox.length === 4 && bbox.every(Number.isFinite))) &&
    Number.isInteger(concurrency) &&
    concurrency >= 1 &&
    concurrency <= 64 &&
    URL.canParse(values.url);
  if (!valid) throw new Error('the options are not valid');
  return {
    documents,
    zooms: [from, to],
    bbox: bbox as WarmOptions['bbox'],
    base: values.url.replace(/\/+$/, ''),
    concurrency,
  };
}

let options: WarmOptions;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exit(64);
}
try {
  const failed = await warm(options, (text) => process.stdout.write(text), process.stdout.isTTY);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`);
  process.exitCode = 1;
}
