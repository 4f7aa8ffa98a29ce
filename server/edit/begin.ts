import type { Request, Response } from 'express';
import { AppError } from '../errors.ts';
import { collectionOf, collectionUrl, rootUrl, type System, type Systems } from '../ogc/public.ts';
import type { Scope } from '../security/public.ts';
import { holds } from './review/states.ts';
import type { Sight } from '../sight/sight.ts';
import type { EditContext } from './context.ts';
import type { Editable } from './editable.ts';
import type { Facts } from './facts.ts';
import type { GeometryRules } from './request/geometry.ts';

type Collection = ReturnType<typeof collectionOf>;

/** What a request to change a layer is about, once it is known that it may. */
export interface Beginning {
  readonly collection: Collection;
  readonly editable: Editable;
  readonly facts: Facts;
  /** What its coordinates are in. */
  readonly system: System;
  readonly rules: Omit<GeometryRules, 'type'>;
  /** What the key may do. */
  readonly scopes: readonly Scope[];
  /** Of the collection. */
  readonly url: string;
  readonly root: string;
}

export interface Asked {
  readonly collection: string;
  readonly sight: Sight;
  readonly req: Request;
  readonly res: Response;
}

/**
 * @throws AppError `layer_not_found` (404), `method_not_allowed` (405) where it is not edited, `editing_unavailable` (501)
 * where it cannot be, `forbidden` (403)
 * @param may what a key must be good for: `review` is for those that edit, too
 */
export async function begin(
  ctx: EditContext,
  systems: Systems,
  { collection: id, sight, req, res }: Asked,
  may: 'edit' | 'review' = 'edit',
): Promise<Beginning> {
  const collection = collectionOf(ctx, id, sight);
  const editable = collection.kind === 'layer' ? ctx.editing.of(collection.layer) : undefined;
  if (!editable) throw notEdited(ctx, collection, res);
  const scopes = await allowed(ctx, editable, { req, res }, may);
  const [facts, system] = await Promise.all([ctx.editing.facts(editable), readSystem(systems, req)]);
  const { isGeographic, swapped } = system;
  const root = rootUrl(ctx, req);
  return {
    collection,
    editable,
    facts,
    system,
    scopes,
    rules: { isGeographic, swapped, maxVertices: ctx.config.edit.maxVertices },
    url: collectionUrl(root, collection),
    root,
  };
}

/** What the key may do, which is to edit; or, to review, anything that a review takes. */
async function allowed(
  ctx: EditContext,
  { scope, review }: Editable,
  { req, res }: Pick<Asked, 'req' | 'res'>,
  may: 'edit' | 'review',
): Promise<readonly Scope[]> {
  const scopes = (await ctx.keys.identify(req))?.scopes ?? [];
  const any = may === 'review' && review ? Object.values(review.by) : [];
  const held = any.find((one) => holds(scopes, one));
  await ctx.keys.require(held ?? scope).check(req, res);
  return scopes;
}

function notEdited(ctx: EditContext, { id }: Collection, res: Response): AppError {
  const problem = ctx.editing.problems().find(({ layer }) => layer === id);
  if (problem) return new AppError('editing_unavailable', { detail: problem.reason });
  res.setHeader('Allow', READ);
  return new AppError('method_not_allowed', { detail: `${id} is not edited` });
}

export const READ = 'GET, HEAD, OPTIONS';

/** `Content-Crs: <URI>`; CRS84 where it is absent. @throws AppError `invalid_parameter` */
function readSystem(systems: Systems, req: Request): Promise<System> {
  const given = req.headers['content-crs'];
  const text = typeof given === 'string' ? given.trim() : undefined;
  return systems.read('Content-Crs', text && (/^<([^<>]{0,200})>$/.exec(text)?.[1] ?? text));
}
