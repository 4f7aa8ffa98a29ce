import type { Request } from 'express';
import {
  answerTo,
  choroplethParams,
  REGION_TYPES,
  type Answer,
  type Choropleth,
  type Readings,
  type Region,
  type RegionProperty,
} from '../../choropleth/public.ts';
import { filterParams } from '../../cql2/params.ts';
import { invalidParameter } from '../../errors.ts';
import { turnOf } from '../../http/requests/client.ts';
import { readParams } from '../../http/routes.ts';
import type { Sight } from '../../sight/sight.ts';

/** What chooses the values of a choropleth's regions, and their classes; its dimensions do, too. */
export const chosenBy = choroplethParams.pick({
  metric: true,
  method: true,
  classes: true,
  breaks: true,
  isolate: true,
  scope: true,
  normalize: true,
  multiplier: true,
  change: true,
  from: true,
  to: true,
  level: true,
  parent: true,
});

const PROPERTIES = Object.keys(REGION_TYPES) as RegionProperty[];
/** Those that choose values by the same name are no filters. */
export const FILTERS = PROPERTIES.filter((name) => !(name in chosenBy.shape));

export type Extra = Readonly<Record<string, string | string[]>>;

/** The answer that parameters choose, and what its regions are kept by. @throws AppError 400, or why there is none */
export async function askedAnswer(
  readings: Readings,
  { id, cube }: Choropleth,
  { extra, sight }: { readonly extra: Extra; readonly sight: Sight },
  req: Request,
): Promise<{ readonly answer: Answer; readonly keeps: (region: Region) => boolean }> {
  const chosen: Record<string, string | string[]> = {};
  const dimensions: Record<string, string | string[]> = {};
  const tests: ((region: Region) => boolean)[] = [];
  for (const [name, value] of Object.entries(extra)) {
    if (Object.hasOwn(chosenBy.shape, name) || Object.hasOwn(filterParams.shape, name)) chosen[name] = value;
    else if (!cube.dimensions.includes(name) && isFilter(name)) tests.push(testOf(name, [value].flat()));
    else dimensions[name] = value;
  }
  const query = { ...readParams(chosenBy.extend(filterParams.shape), chosen) } as Parameters<
    typeof answerTo
  >[1]['query'];
  const request = { params: { id }, query, extra: dimensions, client: turnOf(req, sight), sight };
  const answer = await answerTo(readings.of(id, sight), request);
  return { answer, keeps: (region) => tests.every((test) => test(region)) };
}

const isFilter = (name: string): name is RegionProperty => (FILTERS as readonly string[]).includes(name);

function testOf(name: RegionProperty, wanted: readonly string[]): (region: Region) => boolean {
  if (REGION_TYPES[name] === 'text') return (region) => wanted.includes(String(region[name]));
  const numbers = wanted.map((text) => {
    const number = text.trim() === '' ? NaN : Number(text);
    if (Number.isFinite(number)) return number;
    throw invalidParameter(name, text, 'a number');
  });
  return (region) => numbers.includes(region[name] as number);
}
