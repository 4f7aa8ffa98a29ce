import type { Answer } from '../answer.ts';
import { ranking } from '../forms/document.ts';

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

const made = new WeakMap<Answer, readonly Region[]>();

/** The regions of an answer in the order of their codes: made once, however many pages they are asked for in. */
export function regionsOf(answer: Answer): readonly Region[] {
  const regions = made.get(answer) ?? toRegions(answer);
  made.set(answer, regions);
  return regions;
}

function toRegions({ values, ranked, classification, colors, noDataColor }: Answer): Region[] {
  const rankOf = ranking(ranked ?? values);
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
