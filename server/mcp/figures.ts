import type { Figures } from '../ask/public.ts';
import {
  answerTo,
  choroplethParams,
  type Answer,
  type Choropleth,
  type Readings,
} from '../choropleth/public.ts';
import { readParams } from '../http/routes.ts';
import type { Sight } from '../sight/sight.ts';
import type { McpContext } from './context.ts';

/** The figures of all choropleths that one request may see, in its turn, hidden ones hidden. */
export function figuresSeen(
  { choropleths }: Pick<McpContext, 'choropleths'>,
  readings: Readings,
  { sight, client }: { sight: Sight; client: string },
): Figures {
  return {
    all: () => choropleths.seen(sight.ofRows).flatMap(({ choropleth }) => choropleth ?? []),
    answer: ({ id }: Choropleth, { filters = {}, classes, ...query }): Promise<Answer> => {
      const texts = { ...query, classes: classes === undefined ? undefined : String(classes) };
      const known = readParams(choroplethParams, texts);
      const extra = Object.fromEntries(Object.entries(filters).map(([name, values]) => [name, [...values]]));
      return answerTo(readings.of(id, sight), { params: { id }, query: known, extra, client, sight });
    },
    dimensionValues: (choropleth, dimension) =>
      readings.of(choropleth.id, sight).answers.dimensionValues(choropleth, dimension),
    version: () => undefined, // nothing here goes on from an earlier answer
  };
}
