import { z } from 'zod';
import { json } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { collectionParam, type Systems } from '../../ogc/public.ts';
import { begin } from '../begin.ts';
import type { EditContext } from '../context.ts';
import { change, type Told } from '../writing/change.ts';
import { applyAll, refused, type Applied } from './apply.ts';
import { answeredBefore, digest, idempotencyKey, keepAnswer } from './idempotency.ts';
import { readOperations } from './operations.ts';

const MOST = 1_000;
const SIZE = `a list of 1 to ${MOST} operations`;
/** Ids that one event of the audit log names. */
const NAMED = 50;

const body = z.strictObject({
  operations: z.array(z.unknown(), { error: SIZE }).min(1, SIZE).max(MOST, SIZE).meta({
    description:
      'Each an object: op create with feature; update with id, ifMatch, properties, geometry; delete with id, ifMatch; transition with id, ifMatch, to, comment',
  }),
});

export const bulkRoutes = (ctx: EditContext, systems: Systems): Route[] => [
  route({
    method: 'post',
    path: '/ogc/collections/:collection/bulk',
    tag: 'ogc',
    summary:
      'Creates, changes and deletes up to 1,000 features of a layer that is edited: all of it, or nothing',
    params: collectionParam,
    body,
    takes: { types: ['application/json'], maxBytes: ctx.config.edit.maxBytes },
    access: ctx.keys.requireAny(),
    responses: {
      200: { description: 'What was done', content: { 'application/json': { type: 'object' } } },
    },
    handle: async ({ params, body: { operations: given }, sight }, res, req) => {
      const may = given.every(isTransition) ? 'review' : 'edit';
      const beginning = await begin(ctx, systems, { ...params, sight, req, res }, may);
      const key = idempotencyKey(req);
      const { operations, failures } = readOperations(given, beginning);
      const { editable, system } = beginning;
      const answer = await change(ctx, req, editable, async (tx, who) => {
        const { actor } = who;
        const asker =
          key === undefined
            ? undefined
            : { actor, key, request: digest(editable.layer.id, system.uri, given) };
        const before = asker && (await answeredBefore(tx, asker));
        if (before) return { result: before, told: [] };
        if (failures.length > 0) throw refused(failures);
        const applied = await applyAll(tx, operations, beginning, who);
        const result = answerOf(applied);
        if (asker) await keepAnswer(tx, asker, result);
        return { result, told: toldOf(applied) };
      });
      res.setHeader('Cache-Control', 'no-store');
      res.status(200).type('application/json').send(json(answer).body);
    },
  }),
];

/** Who only reviews does nothing else. */
const isTransition = (one: unknown): boolean => (one as { op?: unknown } | null)?.op === 'transition';

const DONE = { create: 'created', update: 'updated', delete: 'deleted', transition: 'reviewed' } as const;

/** `etag` is good for `If-Match`, though any representation has one of its own. */
function answerOf(applied: readonly Applied[]): object {
  const count = (op: Applied['op']): number => applied.filter((one) => one.op === op).length;
  return {
    ...Object.fromEntries(Object.entries(DONE).map(([op, name]) => [name, count(op as Applied['op'])])),
    results: applied.map(({ index, op, id, version }) => ({
      ...{ index, op, id },
      ...(version === undefined ? {} : { etag: `"${version}"` }),
    })),
  };
}

function toldOf(applied: readonly Applied[]): Told[] {
  return Object.entries(DONE).flatMap(([op, operation]) => {
    const ids = applied.filter((one) => one.op === op).map(({ id }) => id);
    const told: Told[] = [];
    for (let at = 0; at < ids.length; at += NAMED) {
      const features = ids.slice(at, at + NAMED);
      told.push({ operation, features: features.length, after: { features } });
    }
    return told;
  });
}
