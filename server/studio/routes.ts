import type { Request } from 'express';
import { AppError } from '../errors.ts';
import { json, send } from '../http/answers/respond.ts';
import { clientOf } from '../http/requests/client.ts';
import { route, type Route } from '../http/routes.ts';
import { applyDraft } from './apply/apply.ts';
import { lookAtFile } from './apply/file.ts';
import { bringRegions, regionsBody } from './bring/regions.ts';
import { bringTable, MOST_CSV_BYTES, tableQuery } from './bring/table.ts';
import type { StudioContext } from './context.ts';
import { draftBody, type DraftAsked } from './draft/body.ts';
import { draftDocument } from './draft/document.ts';
import { planDraft, readDraft } from './draft/draft.ts';
import { sourcesOf } from './sources.ts';
import { z } from 'zod';

const CONTENT = { 'application/json': { type: 'object' } };
const PRIVATE = 'private, no-store';

export function studioRoutes(ctx: StudioContext): Route[] {
  const access = ctx.keys.require('admin');
  const planned = async (asked: DraftAsked) => {
    const draft = await readDraft(ctx, asked);
    return { asked, draft, planned: await planDraft(ctx, asked, draft) };
  };
  return [
    route({
      method: 'get',
      path: '/studio/sources',
      tag: 'studio',
      summary:
        'What a choropleth can be made of: region sets, layers, tables; whether maps.yaml can be written',
      access,
      responses: { 200: { description: 'Sets, layers and tables', content: CONTENT } },
      handle: async (_request, res, req) => send(req, res, json(await sourcesOf(ctx)), PRIVATE),
    }),
    route({
      method: 'post',
      path: '/studio/regions',
      tag: 'studio',
      summary: 'Brings a preview into a new table of regions',
      access,
      body: regionsBody,
      responses: { 201: { description: 'The table and its columns', content: CONTENT } },
      handle: async ({ body }, res, req) => {
        const made = await bringRegions(ctx, body, await ctx.auditing.who(req));
        await ctx.catalog.lookAgain();
        created(res, made);
      },
    }),
    route({
      method: 'post',
      path: '/studio/tables',
      tag: 'studio',
      summary: 'Brings a CSV into a new table of figures',
      access,
      query: tableQuery,
      body: z.looseObject({}).meta({ description: 'Lines of a CSV, the first with names of columns' }),
      takes: { types: ['text/csv'], maxBytes: MOST_CSV_BYTES, isStreamed: true },
      responses: { 201: { description: 'The table and its columns', content: CONTENT } },
      handle: async ({ query }, res, req: Request) =>
        created(res, await bringTable(ctx, query, req, clientOf(req))),
    }),
    route({
      method: 'post',
      path: '/studio/draft',
      tag: 'studio',
      summary:
        'What a choropleth would be: the join, values in classes, SQL and lines of maps.yaml; nothing is written',
      access,
      body: draftBody,
      responses: { 200: { description: 'The draft', content: CONTENT } },
      handle: async ({ body }, res, req) => {
        const file = await lookAtFile(ctx);
        const document = await draftDocument(ctx, { ...(await planned(body)), file, client: clientOf(req) });
        await send(req, res, json(document), PRIVATE);
      },
    }),
    route({
      method: 'post',
      path: '/studio/apply',
      tag: 'studio',
      summary: 'Makes it: the cube in the database and the lines in maps.yaml, or neither',
      access,
      body: draftBody,
      responses: {
        201: { description: 'It is published, at Location', content: CONTENT },
        409: { description: 'maps.yaml cannot be written' },
        422: { description: 'It was refused, and nothing was kept' },
      },
      handle: async ({ body }, res, req) => {
        const plan = await planned(body);
        if (!plan.planned)
          throw new AppError('invalid_parameter', { detail: 'metric must be given: what the map shows' });
        const who = await ctx.auditing.who(req);
        const { served } = await applyDraft(ctx, { ...plan, planned: plan.planned, who });
        const { id } = plan.planned;
        res.setHeader('Location', `/gis/choropleth/${id}`);
        created(res, { id, served });
      },
    }),
  ];
}

function created(res: Parameters<Route['handle']>[1], made: object): void {
  res.setHeader('Cache-Control', 'no-store');
  res.status(201).json(made);
}
