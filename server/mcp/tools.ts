import { z } from 'zod';
import { runTool, TOOLS, type Figures, type ToolName } from '../ask/public.ts';
import { askedForm, rankByRow, type Readings } from '../choropleth/public.ts';
import { AppError } from '../errors.ts';
import type { Sight } from '../sight/sight.ts';
import type { McpContext } from './context.ts';

/** One request's way to the data. */
export interface Reach {
  readonly ctx: McpContext;
  readonly readings: Readings;
  readonly figures: Figures;
  readonly sight: Sight;
  readonly client: string;
}

export interface Picture {
  readonly data: Buffer;
  readonly type: string;
}

/** What a tool has to say: a document, or a picture. Errors below 500 are told to the model, which may mend its call. */
export type Result = { readonly document: Readonly<Record<string, unknown>> } | { readonly picture: Picture };

interface Tool {
  readonly description: string;
  readonly parameters: z.ZodObject;
  /** The route that does the same, as which it is counted. */
  readonly as: string;
  readonly run: (reach: Reach, args: never) => Promise<Result>;
}

const tool = <Parameters extends z.ZodObject>(definition: {
  description: string;
  parameters: Parameters;
  as: string;
  run: (reach: Reach, args: z.output<Parameters>) => Promise<Result>;
}): Tool => definition as unknown as Tool;

/** A tool of the server's own questions and answers. */
const asked = (name: ToolName, as: string): Tool => ({
  description: TOOLS[name].description,
  parameters: TOOLS[name].parameters,
  as,
  run: async ({ figures }: Reach, args: never) => {
    const { output } = await runTool(figures, name, args);
    if (typeof output.error === 'string' && typeof output.detail === 'string')
      throw new Refused(output.error, output.detail);
    return { document: output };
  },
});

/** What a model is told is wrong with its call. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

const VALUES = '/gis/choropleth/:id/values.json';
const { choropleth, metric, level, filters, within } = TOOLS.topRegions.parameters.shape;
const page = {
  limit: z.int().min(1).max(500).default(100).describe('Rows at most'),
  offset: z.int().min(0).max(1_000_000).default(0).describe('Rows to leave out before'),
};
const { method, classes } = TOOLS.classBreaks.parameters.shape;
const SIDES = { width: 640, height: 480, most: 1024 } as const;

export const MCP_TOOLS: Readonly<Record<string, Tool>> = {
  listChoropleths: asked('listChoropleths', '/gis/choropleth'),

  listLayers: tool({
    description: 'Which layers of features there are, with their kinds of geometry and columns.',
    parameters: z.strictObject(page),
    as: '/tiles',
    run: ({ ctx, sight }, { limit, offset }) => {
      const all = ctx.catalog.seen(sight.ofRows).filter(({ problem }) => !problem);
      const layers = all.slice(offset, offset + limit).map((layer) => ({
        id: layer.id,
        title: layer.title,
        description: layer.description,
        ...(layer.type === 'table'
          ? { geometry: layer.geometry.type, columns: layer.columns.map(({ name }) => name) }
          : { kind: 'tile function' }),
      }));
      return Promise.resolve({ document: { layers, total: all.length } });
    },
  }),

  regionValues: tool({
    description: 'The values of a metric in all regions, or in those of one parent, with classes and ranks.',
    parameters: z.strictObject({ choropleth, metric, level, filters, within, ...page }),
    as: VALUES,
    run: async ({ figures }, { choropleth: id, within: parent, limit, offset, ...args }) => {
      const found = figures.all().find((each) => each.id === id);
      if (!found) throw new AppError('choropleth_not_found');
      const answer = await figures.answer(found, { ...args, filters: textsOf(args.filters) });
      const wanted = parent?.toLowerCase();
      const parents = [...answer.parentNames].filter(
        ([code, name]) => code === parent || name.toLowerCase() === wanted,
      );
      const rows = answer.values.filter(
        (region) => wanted === undefined || parents.some(([code]) => code === region.parent),
      );
      const ranks = rankByRow(answer.values);
      return {
        document: {
          choropleth: id,
          version: answer.version,
          metric: answer.request.metric.label,
          ...(answer.request.metric.unit ? { unit: answer.request.metric.unit } : {}),
          columns: ['code', 'name', 'parent', 'value', 'class', 'rank', 'status'],
          rows: rows
            .slice(offset, offset + limit)
            .map((region) => [
              region.code,
              region.name,
              region.parent,
              region.value,
              answer.classification.assign(region.value),
              ranks.get(region.row) ?? null,
              region.status,
            ]),
          total: rows.length,
        },
      };
    },
  }),

  topRegions: asked('topRegions', VALUES),
  regionValue: asked('regionValue', VALUES),
  compareRegions: asked('compareRegions', VALUES),
  classBreaks: asked('classBreaks', VALUES),

  picture: tool({
    description: 'A choropleth as a picture: the map with title and legend, or the legend alone.',
    parameters: z.strictObject({
      choropleth,
      metric,
      level,
      filters,
      method,
      classes,
      of: z.enum(['map', 'legend']).default('map'),
      format: z.enum(['png', 'svg']).default('png'),
      width: z.int().min(64).max(SIDES.most).default(SIDES.width).describe('Pixels of the map'),
      height: z.int().min(64).max(SIDES.most).default(SIDES.height).describe('Pixels of the map'),
    }),
    as: '/gis/choropleth/:id/map.png',
    run: async (reach, { choropleth: id, filters: wanted, of, format, width, height, ...query }) => {
      const sides = of === 'map' ? { width, height } : {};
      const given = Object.entries({ ...query, ...sides }).filter(([, value]) => value !== undefined);
      const made = await askedForm(reach.ctx, reach.readings, `${of}.${format}`, {
        id,
        query: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
        dimensions: textsOf(wanted),
        client: reach.client,
        sight: reach.sight,
      });
      return { picture: { data: made.body, type: `image/${format === 'svg' ? 'svg+xml' : 'png'}` } };
    },
  }),
};

/** Values of dimensions as the API takes them. */
const textsOf = (filters: Readonly<Record<string, string | number>> = {}): Record<string, string[]> =>
  Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, [String(value)]]));
