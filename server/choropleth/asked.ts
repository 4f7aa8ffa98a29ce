import type { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Representation } from '../http/answers/respond.ts';
import { readParams } from '../http/routes.ts';
import type { Sight } from '../sight/sight.ts';
import type { ChoroplethContext } from './context.ts';
import { formParams, madeForm } from './forms/form.ts';
import type { Readings } from './reading.ts';
import type { choroplethParams } from './request/params.ts';
import { FORMS } from './routes.ts';

/** A form that is asked for by another way than its route. */
export interface FormAsked {
  readonly id: string;
  /** Its parameters as texts, not checked yet. */
  readonly query: Readonly<Record<string, string>>;
  readonly dimensions: Readonly<Record<string, string | string[]>>;
  /** Whose turn it is. */
  readonly client: string;
  readonly sight: Sight;
}

/**
 * A form of a choropleth as its route answers it, from the same cache.
 * @throws AppError as the route
 */
export async function askedForm(
  ctx: Pick<ChoroplethContext, 'config'>,
  readings: Readings,
  name: string,
  { id, query, dimensions, client, sight }: FormAsked,
): Promise<Representation> {
  const form = FORMS.find((each) => each.name === name);
  if (!form) throw new AppError('route_not_found', { detail: `there is no form ${name}` });
  const reading = readings.of(id, sight);
  const known = readParams(formParams(form), query) as z.output<typeof choroplethParams>;
  const request = { params: { id }, query: known, extra: dimensions, client, sight };
  const { document } = await madeForm(ctx, form, { reading, request });
  return document;
}
