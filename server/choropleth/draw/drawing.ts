import type { Topology } from '../../engine/topology/topology.ts';
import type { Answer } from '../answer.ts';
import { filterTexts } from '../forms/captions.ts';
import { legendOf, type Legend } from '../legend/model.ts';
import type { Regions } from '../regions/regions.ts';
import { STATUSES, type ValueStatus } from '../figures/values.ts';
import type { PictureOptions } from './options.ts';

/** Geometry that is drawn: a layer in memory, or what another thread has of one. */
export interface DrawnLayer {
  readonly index: { readonly topology: Topology };
}

/** A region as a picture shows it. */
export interface DrawnRegion {
  readonly row: number;
  readonly name: string;
  readonly parent: string | null;
  readonly value: number | null;
  readonly status: ValueStatus;
  /** Null where it is in no class. */
  readonly classId: number | null;
}

/** Everything that a picture is drawn from but the geometry. It holds no functions, so it can go to another thread. */
export interface Drawing {
  readonly legend: Legend;
  readonly subtitle: string;
  readonly description: string;
  readonly unit: string | undefined;
  /** Decimals of values, where the metric says so. */
  readonly digits: number | undefined;
  readonly options: PictureOptions;
  readonly regions: DrawnColumns;
  /** Codes of the regions one level up, whose borders guide the eye; undefined where there are none. */
  readonly parentCodes: readonly string[] | undefined;
}

/** Regions by column: numbers of many regions are passed on at once. */
interface DrawnColumns {
  readonly rows: Int32Array;
  /** NaN where there is none. */
  readonly values: Float64Array;
  /** −1 for no class. */
  readonly classes: Int8Array;
  /** Positions in `STATUSES`. */
  readonly statuses: Uint8Array;
  /** Only where they are shown. */
  readonly names: readonly string[] | undefined;
  readonly parents: readonly (string | null)[] | undefined;
}

/** @param parents the regions one level up */
export function drawingOf(answer: Answer, options: PictureOptions, parents: Regions | undefined): Drawing {
  const { values, request, classification } = answer;
  const { unit, digits } = request.metric;
  return {
    legend: legendOf(answer, options),
    subtitle: subtitleOf(answer, parents),
    description: new URLSearchParams({ ...answer.parameters, g: answer.version }).toString(),
    unit,
    digits,
    options,
    regions: {
      rows: Int32Array.from(values, ({ row }) => row),
      values: Float64Array.from(values, ({ value }) => value ?? NaN),
      classes: Int8Array.from(values, ({ value }) => classification.assign(value) ?? -1),
      statuses: Uint8Array.from(values, ({ status }) => STATUSES.indexOf(status)),
      names: options.named ? values.map(({ name }) => name) : undefined,
      parents: parents && values.map(({ parent }) => parent),
    },
    parentCodes: parents?.codes,
  };
}

/** The regions of a drawing, one by one. */
export function drawnRegions({ regions }: Drawing): DrawnRegion[] {
  const { rows, values, classes, statuses, names, parents } = regions;
  return Array.from(rows, (row, i) => ({
    row,
    name: names?.[i] ?? '',
    parent: parents?.[i] ?? null,
    value: Number.isNaN(values[i]) ? null : values[i]!,
    status: STATUSES[statuses[i]!]!,
    classId: classes[i] === -1 ? null : classes[i]!,
  }));
}

/** What the title does not say: the parents and the values of dimensions that the answer was filtered by. */
function subtitleOf({ request }: Answer, parents: Regions | undefined): string {
  const names = request.parents?.map((code) => parents?.names[parents.codes.indexOf(code)] ?? code) ?? [];
  const filters = filterTexts(request);
  return [...(names.length > 0 ? [names.join(', ')] : []), ...filters].join(' · ');
}
