import type { Request, Response } from 'express';
import { z } from 'zod';
import { text } from '../http/requests/params.ts';
import { route, type Route } from '../http/routes.ts';
import { collectionOf, collectionParam, GEOJSON_TYPE, Systems } from '../ogc/public.ts';
import { answerFeature } from './answer.ts';
import { begin, READ } from './begin.ts';
import { bulkRoutes } from './bulk/routes.ts';
import type { EditContext } from './context.ts';
import { invalid } from './request/fault.ts';
import { readFeature, type Given, type Mode } from './request/feature.ts';
import { requireMatch } from './request/if-match.ts';
import { reviewRoutes } from './review/routes.ts';
import { change } from './writing/change.ts';
import { invalidGeometries } from './writing/geometry.ts';
import { Rows } from './writing/rows.ts';

const FEATURE_TYPES = [GEOJSON_TYPE, 'application/json'];
export const PATCH_TYPE = 'application/merge-patch+json';
const ITEMS = '/ogc/collections/:collection/items';
const FEATURE = `${ITEMS}/:feature`;
const CONTENT = { [GEOJSON_TYPE]: { type: 'object' } };

const member = (description: string, type: string) => z.unknown().optional().meta({ description, type });
const feature = z.looseObject({
  type: member('Feature', 'string'),
  geometry: member('A GeoJSON geometry, or null', 'object'),
  properties: member('Values by the names of columns', 'object'),
});
const patch = z.looseObject({
  geometry: member('The geometry from now on; it stays where absent', 'object'),
  properties: member('Those that get another value; null for none', 'object'),
});
const featureParams = collectionParam.extend({
  feature: text(400).meta({ description: 'Id of the feature', example: '1' }),
});

export function editRoutes(ctx: EditContext): Route[] {
  const systems = new Systems(ctx.db);
  const access = ctx.keys.requireAny();
  const { maxBytes } = ctx.config.edit;
  const featureTakes = { types: FEATURE_TYPES, maxBytes };
  const patchTakes = { types: [PATCH_TYPE], maxBytes };

  const changing = async (
    {
      params,
      body,
      sight,
    }: { params: { collection: string; feature: string }; body: Given; sight: Asked['sight'] },
    res: Response,
    req: Request,
    mode: Exclude<Mode, 'create'>,
  ): Promise<void> => {
    const beginning = await begin(ctx, systems, { ...params, sight, req, res });
    const { editable } = beginning;
    const { written, faults } = readFeature(body, { ...beginning, mode });
    const now = await change(ctx, req, editable, async (tx, who) => {
      const rows = new Rows(tx, beginning, who);
      const before = await rows.lock(params.feature);
      requireMatch(req.headers['if-match'], before.version);
      if (faults.length > 0) throw invalid(faults);
      await refuseInvalid(tx, beginning, written.geometry);
      await rows.change(params.feature, written, before);
      const after = await rows.read(params.feature);
      if (after.version === before.version) return { result: after, told: [] };
      const said = { feature: params.feature, properties: [...written.values.keys()] };
      return { result: after, told: [{ operation: `${mode}d`, features: 1, after: said }] };
    });
    answerFeature(res, 200, beginning, params.feature, now);
  };

  return [
    ...bulkRoutes(ctx, systems),
    ...reviewRoutes(ctx, systems),
    route({
      method: 'options',
      path: ITEMS,
      tag: 'ogc',
      summary: 'OGC API: which methods the features of a collection take',
      params: collectionParam,
      responses: { 200: { description: 'Allow, Accept-Post' } },
      handle: ({ params, sight }, res) => {
        const isEdited = isEditable(ctx, params.collection, sight);
        res.setHeader('Allow', isEdited ? 'GET, HEAD, POST, OPTIONS' : READ);
        if (isEdited) res.setHeader('Accept-Post', FEATURE_TYPES.join(', '));
        res.status(200).end();
      },
    }),
    route({
      method: 'post',
      path: ITEMS,
      tag: 'ogc',
      summary: 'OGC API: create a feature, in a layer that is edited',
      params: collectionParam,
      body: feature,
      takes: featureTakes,
      access,
      responses: { 201: { description: 'The feature; Location tells where it is', content: CONTENT } },
      handle: async ({ params, body, sight }, res, req) => {
        const beginning = await begin(ctx, systems, { ...params, sight, req, res });
        const { editable } = beginning;
        const { written, faults } = readFeature(body, { ...beginning, mode: 'create' });
        if (faults.length > 0) throw invalid(faults);
        const made = await change(ctx, req, editable, async (tx, who) => {
          const rows = new Rows(tx, beginning, who);
          await refuseInvalid(tx, beginning, written.geometry);
          const id = await rows.create(written);
          const result = { id, now: await rows.read(id) };
          return { result, told: [{ operation: 'created', features: 1, after: { feature: id } }] };
        });
        answerFeature(res, 201, beginning, made.id, made.now);
      },
    }),
    route({
      method: 'options',
      path: FEATURE,
      tag: 'ogc',
      summary: 'OGC API: which methods a feature takes',
      params: featureParams,
      responses: { 200: { description: 'Allow, Accept-Patch' } },
      handle: ({ params, sight }, res) => {
        const isEdited = isEditable(ctx, params.collection, sight);
        res.setHeader('Allow', isEdited ? 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS' : READ);
        if (isEdited) res.setHeader('Accept-Patch', PATCH_TYPE);
        res.status(200).end();
      },
    }),
    ...(
      [
        ['put', 'replace', feature, featureTakes, 'replace a feature'],
        ['patch', 'update', patch, patchTakes, 'change some of a feature'],
      ] as const
    ).map(([method, change, body, takes, what]) =>
      route({
        method,
        path: FEATURE,
        tag: 'ogc',
        summary: `OGC API: ${what}, in the state that If-Match says`,
        params: featureParams,
        body,
        takes,
        access,
        responses: { 200: { description: 'The feature', content: CONTENT } },
        handle: (request, res, req) => changing(request, res, req, change),
      }),
    ),
    route({
      method: 'delete',
      path: FEATURE,
      tag: 'ogc',
      summary: 'OGC API: delete a feature, in the state that If-Match says',
      params: featureParams,
      access,
      responses: { 204: { description: 'It is gone' } },
      handle: async ({ params, sight }, res, req) => {
        const beginning = await begin(ctx, systems, { ...params, sight, req, res });
        await change(ctx, req, beginning.editable, async (tx, who) => {
          const rows = new Rows(tx, beginning, who);
          const before = await rows.lock(params.feature);
          requireMatch(req.headers['if-match'], before.version);
          await rows.remove(params.feature, before);
          const told = [{ operation: 'deleted', features: 1, after: { feature: params.feature } }];
          return { result: undefined, told };
        });
        res.setHeader('Cache-Control', 'no-store');
        res.status(204).end();
      },
    }),
  ];
}

type Asked = Parameters<typeof begin>[2];
type Beginning = Awaited<ReturnType<typeof begin>>;

function isEditable(ctx: EditContext, id: string, sight: Asked['sight']): boolean {
  const collection = collectionOf(ctx, id, sight);
  return collection.kind === 'layer' && ctx.editing.of(collection.layer) !== undefined;
}

async function refuseInvalid(
  tx: Parameters<typeof invalidGeometries>[0],
  { editable, system }: Beginning,
  geometry: Parameters<typeof invalidGeometries>[3][number],
): Promise<void> {
  for (const fault of (await invalidGeometries(tx, editable.table, system, [geometry])).values()) throw fault;
}
