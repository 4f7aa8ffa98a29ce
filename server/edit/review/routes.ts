import { z } from 'zod';
import { text } from '../../http/requests/params.ts';
import { json, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { collectionParam, GEOJSON_TYPE, type Systems } from '../../ogc/public.ts';
import { AppError } from '../../errors.ts';
import { answerFeature } from '../answer.ts';
import { begin } from '../begin.ts';
import type { EditContext } from '../context.ts';
import { invalid } from '../request/fault.ts';
import { requireMatch } from '../request/if-match.ts';
import { change } from '../writing/change.ts';
import { Rows } from '../writing/rows.ts';
import { historyOf } from './history.ts';
import { readStep } from './step.ts';

const PATH = '/ogc/collections/:collection/items/:feature/review';
const params = collectionParam.extend({
  feature: text(400).meta({ description: 'Id of the feature', example: '1' }),
});
const body = z.strictObject({
  to: z.unknown().meta({ description: 'draft, submitted, approved, rejected or archived', type: 'string' }),
  comment: z.unknown().optional().meta({ description: 'Why; a reject needs one', type: 'string' }),
});

export const reviewRoutes = (ctx: EditContext, systems: Systems): Route[] => [
  route({
    method: 'get',
    path: PATH,
    tag: 'ogc',
    summary:
      'The state of the review of a feature, and how it came to it; for who edits or reviews the layer',
    params,
    access: ctx.keys.requireAny(),
    responses: { 200: { description: 'The review', content: { 'application/json': { type: 'object' } } } },
    handle: async ({ params: { collection, feature }, sight }, res, req) => {
      const beginning = await begin(ctx, systems, { collection, sight, req, res }, 'review');
      if (!beginning.editable.review) throw notReviewed();
      const { state, version } = await new Rows(ctx.db, beginning, { actor: '' }).read(feature);
      const history = await historyOf(ctx.db, beginning.editable, feature);
      await send(req, res, json({ state, etag: `"${version}"`, history }), 'no-store');
    },
  }),
  route({
    method: 'post',
    path: PATH,
    tag: 'ogc',
    summary: 'Brings a feature to another state of its review, in the state that If-Match says',
    params,
    body,
    access: ctx.keys.requireAny(),
    responses: { 200: { description: 'The feature', content: { [GEOJSON_TYPE]: { type: 'object' } } } },
    handle: async ({ params: { collection, feature }, body: given, sight }, res, req) => {
      const beginning = await begin(ctx, systems, { collection, sight, req, res }, 'review');
      if (!beginning.editable.review) throw notReviewed();
      const { step, faults } = readStep(given);
      if (!step) throw invalid(faults);
      const now = await change(ctx, req, beginning.editable, async (tx, who) => {
        const rows = new Rows(tx, beginning, who);
        const before = await rows.lock(feature);
        requireMatch(req.headers['if-match'], before.version);
        await rows.move(feature, step, before);
        const after = { feature, from: before.state, to: step.to };
        return { result: await rows.read(feature), told: [{ operation: 'reviewed', features: 1, after }] };
      });
      answerFeature(res, 200, beginning, feature, now);
    },
  }),
];

const notReviewed = (): AppError =>
  new AppError('method_not_allowed', { detail: 'features of this layer are not reviewed' });
