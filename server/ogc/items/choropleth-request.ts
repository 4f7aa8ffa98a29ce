import type { Request } from 'express';
import {
  answerTo,
  choroplethParams,
  ranking,
  type Answer,
  type Choropleth,
  type Readings,
} from '../../choropleth/public.ts';
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

/** A region as a feature has it: what is not known is null, and why says `status`. */
export interface Region {
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly class: number | null;
  readonly color: string;
  readonly rank: number | null;
  readonly status: string;
}

export const REGION_TYPES = {
  code: 'text',
  name: 'text',
  parent: 'text',
  value: 'number',
  numerator: 'number',
  denominator: 'number',
  from: 'number',
  to: 'number',
  class: 'integer',
  color: 'text',
  rank: 'integer',
  status: 'text',
} as const satisfies Record<keyof Region, 'text' | 'number' | 'integer'>;

export type RegionProperty = keyof Region;
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
    if (Object.hasOwn(chosenBy.shape, name)) chosen[name] = value;
    else if (!cube.dimensions.includes(name) && isFilter(name)) tests.push(testOf(name, [value].flat()));
    else dimensions[name] = value;
  }
  const query = { ...readParams(chosenBy, chosen) } as Parameters<typeof answerTo>[1]['query'];
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

const made = new WeakMap<Answer, readonly Region[]>();

/** The regions of an answer in the order of their codes: made once, however many pages they are asked for in. */
export function regionsOf(answer: Answer): readonly Region[] {
  const regions = made.get(answer) ?? toRegions(answer);
  made.set(answer, regions);
  return regions;
}

function toRegions({ values, classification, colors, noDataColor }: Answer): Region[] {
  const rankOf = ranking(values);
  const regions = values.map(({ code, name, parent, value, numerator, denominator, from, to, status }) => {
    const classId = classification.assign(value);
    return {
      code,
      name,
      parent,
      value,
      numerator,
      denominator,
      from: from ?? null,
      to: to ?? null,
      class: classId,
      color: classId === null ? noDataColor : (colors[classId] ?? noDataColor),
      rank: rankOf(value),
      status,
    };
  });
  return regions.sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
}
