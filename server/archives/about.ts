import { z } from 'zod';
import { contentTag } from '../http/answers/respond.ts';
import type { Choropleth } from '../choropleth/public.ts';

/**
 * What an archive is of, as its metadata say under `chorograph`: whoever may see that may have the archive, for as long as it shows
 * no more than that does.
 */
export const aboutSchema = z.union([
  z.object({ layer: z.string(), columns: z.array(z.string()) }),
  z.object({ choropleth: z.string(), hiding: z.string() }),
]);

export type About = z.output<typeof aboutSchema>;

/** Differs whenever a choropleth hides other values than before. */
export function hidingOf({ suppress, suppressBelow, unreliableBelow }: Choropleth): string {
  return contentTag(JSON.stringify([suppress ?? null, suppressBelow ?? null, unreliableBelow ?? null]));
}
