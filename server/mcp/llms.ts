import { docsPages } from '../http/docs/pages.ts';
import { Representation, send } from '../http/answers/respond.ts';
import { baseUrl, cacheControl } from '../http/answers/urls.ts';
import { route, type Route } from '../http/routes.ts';
import { PUBLIC } from '../sight/sight.ts';
import type { McpContext } from './context.ts';

/** Layers at most: a catalogue of thousands has its own document. */
const MOST = 200;

/** `/llms.txt` (https://llmstxt.org): what there is for everybody, whoever asks. */
export function llmsRoute(ctx: McpContext): Route {
  return route({
    method: 'get',
    path: '/llms.txt',
    tag: 'models',
    summary: 'What this server has, for language models: maps, layers, documentation',
    responses: { 200: { description: 'The list', content: { 'text/markdown': { type: 'string' } } } },
    handle: async (_request, res, req) => {
      const text = llmsText(ctx, baseUrl(ctx.config, req));
      res.vary('Host'); // links name the host that was asked
      const answer = new Representation(Buffer.from(text), 'text/markdown; charset=utf-8');
      await send(req, res, answer, cacheControl(false));
    },
  });
}

function llmsText({ choropleths, catalog }: McpContext, base: string): string {
  const maps = choropleths.seen(PUBLIC.ofRows).flatMap(({ choropleth }) => choropleth ?? []);
  const layers = catalog.seen(PUBLIC.ofRows).filter(({ type, problem }) => type === 'table' && !problem);
  const sections = {
    Maps: maps.map(({ id, title, description, metrics }) =>
      line(title, `${base}/gis/choropleth/${encodeURIComponent(id)}/values.csv`, [
        description,
        `metrics ${metrics.map((metric) => `${metric.id} (${metric.label})`).join(', ')}`,
      ]),
    ),
    Layers: layers
      .slice(0, MOST)
      .map(({ id, title, description }) =>
        line(title ?? id, `${base}/features/${encodeURIComponent(id)}?limit=10`, [description]),
      ),
    Interfaces: [
      line('Model Context Protocol', `${base}/mcp`, ['tools over the maps, streamable HTTP']),
      line('OpenAPI', `${base}/openapi.json`, ['every route with its parameters']),
      line('Choropleths', `${base}/gis/choropleth`, ['as JSON, with metrics, levels and dimensions']),
      line('Layers', `${base}/tiles`, ['all of them, as JSON']),
    ],
    Documentation: docsPages().map(({ path, title }) => line(title, `${base}${path}`, [])),
  };
  const parts = Object.entries(sections)
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `## ${title}\n\n${lines.join('\n')}\n`);
  return `# Chorograph\n\n> A map tile and choropleth server: values of regions with their classes, and features.\n\n${parts.join('\n')}`;
}

function line(title: string, url: string, notes: readonly (string | undefined)[]): string {
  const text = notes
    .filter(Boolean)
    .map((note) => oneLine(note!))
    .join('; ');
  return `- [${oneLine(title).replaceAll(/[[\]]/g, '')}](${url})${text === '' ? '' : `: ${text}`}`;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
