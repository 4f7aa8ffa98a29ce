import { schemaChanged, sqlState } from '../db/sqlstate.ts';
import { AppError } from '../errors.ts';
import type { Layer } from './types.ts';

/**
 * What a layer's failed query means. One that failed on a changed schema has the catalogue read again,
 * so that the next request is right.
 */
export async function explain(
  { catalog }: { readonly catalog: { reload(): Promise<void> } },
  layer: Layer,
  error: unknown,
): Promise<never> {
  if (schemaChanged(error)) await catalog.reload().catch(() => {});
  if (layer.type === 'table' && isTransformError(error)) throw untransformable(layer.geometry.srid, error);
  throw error;
}

/** PostGIS reports its failures without a code of their own, so the words must do. */
export function isTransformError(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return sqlState(cause) === 'XX000' && /^transform: |projection/i.test((cause as Error).message);
}

function untransformable(srid: number, cause: unknown): AppError {
  return new AppError(
    'layer_unservable',
    {
      reason: 'untransformable',
      detail: `a geometry of this layer lies where SRID ${srid} describes nothing`,
    },
    { cause },
  );
}
