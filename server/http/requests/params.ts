import { z } from 'zod';

/**
 * Parameter types shared by routes. Messages complete the sentence "x must be …".
 * Everything is refused here, before it can cost a query.
 */
export const MAX_ZOOM = 24;

const once = 'given once';

/** A text parameter, given once; NUL can reach no database. */
export const text = (maxLength = 200) =>
  z
    .string({ error: once })
    .max(maxLength, `at most ${maxLength} characters`)
    // eslint-disable-next-line no-control-regex -- NUL is what is looked for
    .refine((value) => !/\u0000/.test(value), 'free of NUL characters');

export const wholeNumber = (min: number, max: number) =>
  z
    .string({ error: once })
    .regex(/^-?\d{1,15}$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a whole number from ${min} to ${max}`);

export const decimal = (min: number, max: number) =>
  z
    .string({ error: once })
    .regex(/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i, `a number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a number from ${min} to ${max}`);

export const boolean = z
  .enum(['true', 'false', '1', '0'], { error: 'true or false' })
  .transform((v) => v === 'true' || v === '1');

/** Comma-separated names, none of them empty, each once. */
export const names = (max = 100) =>
  text(4000)
    .transform((value) => [...new Set(value.split(','))])
    .refine(
      (parts) => parts.length <= max && parts.every((part) => part !== ''),
      `up to ${max} names separated by commas`,
    );

/** `west,south,east,north` in degrees; west may exceed east where the box crosses the antimeridian. */
export const bbox = text(200).transform((value, issues) => {
  const parts = value
    .split(',')
    .map((part) => (/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?\s*$/i.test(part) ? Number(part) : NaN));
  const [west = NaN, south = NaN, east = NaN, north = NaN] = parts;
  const valid =
    parts.length === 4 &&
    Math.abs(west) <= 180 &&
    Math.abs(east) <= 180 &&
    south >= -90 &&
    north <= 90 &&
    south <= north;
  if (valid) return [west, south, east, north] as const;
  issues.addIssue('west,south,east,north in degrees, with south ≤ north');
  return z.NEVER;
});

export type Bbox = readonly [west: number, south: number, east: number, north: number];

/** z, x and y of a tile path. Whether x and y exist at z is the route's second check. */
const coordinate = (name: string, example: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `a whole number (${name} of a tile)`)
    .transform(Number)
    .meta({ description: `${name} of the tile, counted from the north-west`, example });

export const tileParams = z.object({
  z: coordinate('zoom', '4'),
  x: coordinate('column', '3'),
  y: coordinate('row', '6'),
  format: z
    .enum(['mvt', 'pbf'], { error: 'mvt or pbf' })
    .meta({ description: 'Both give the same bytes', example: 'mvt' }),
});
