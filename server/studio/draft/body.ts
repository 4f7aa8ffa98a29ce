import { z } from 'zod';
import { plainParams } from '../../choropleth/public.ts';
import { id, relation } from '../../maps-part.ts';

export const word = (most: number) =>
  z
    .string({ error: `a text of 1 to ${most} characters` })
    .min(1, `a text of 1 to ${most} characters`)
    .max(most, `a text of 1 to ${most} characters`)
    .refine((value) => !value.includes('\u0000'), 'free of NUL characters');

const column = word(63);
const table = word(130).pipe(relation);
const positive = z
  .number({ error: 'a number above 0' })
  .positive('a number above 0')
  .max(1e12, 'at most 1e12');

/** A region set as `maps.yaml` has it. */
export interface RegionSetConfig {
  readonly table: string;
  readonly geometry?: string | undefined;
  readonly code: string;
  readonly name: string;
  readonly parent?: { readonly set: string; readonly column: string } | undefined;
}

const newSet = z.strictObject({
  table: table.meta({ description: 'A table of polygons', example: 'public.kabupaten' }),
  geometry: column.optional(),
  code: column.meta({ description: 'Its column with codes', example: 'code' }),
  name: column.meta({ description: 'Its column with names', example: 'name' }),
  parent: z.strictObject({ set: id, column }).optional(),
});

/** What a choropleth is to be. Without `metric` it is only told what would be joined. */
export const draftBody = z.strictObject({
  set: id.meta({ description: 'A region set, or what a new one is to be called', example: 'kabupaten' }),
  regions: newSet.optional().meta({ description: 'Of a set that maps.yaml does not have yet' }),
  table: table.meta({ description: 'A table or view of figures', example: 'public.poverty' }),
  column: column
    .optional()
    .meta({ description: 'Its column with names or codes of regions; found where absent' }),
  parent: column.optional().meta({ description: 'Its column with the regions above' }),
  confirm: z
    .array(z.strictObject({ value: word(500), parent: word(500).optional(), code: word(200) }))
    .max(500, 'at most 500 matches')
    .default([])
    .meta({ description: 'Values that are of a region, as a person says; remembered when it is applied' }),
  metric: z
    .strictObject({
      column: column.meta({ description: 'The figure', example: 'poor' }),
      adds: z.boolean().default(true).meta({ description: 'False of shares, means and indices' }),
      denominator: column.optional().meta({ description: 'What it is divided by', example: 'people' }),
      multiplier: positive.optional().meta({ description: 'Per how many', example: 100 }),
      label: word(200).optional(),
      unit: word(40).optional(),
    })
    .optional(),
  dimensions: z
    .array(column)
    .max(10, 'at most 10 columns')
    .default([])
    .meta({ description: 'Columns to filter by' }),
  classify: plainParams
    .pick({ method: true, scheme: true })
    .extend({
      classes: z.int('a whole number from 2 to 9').min(2, '2 at least').max(9, '9 at most').default(5),
      reverse: z.boolean().default(false),
    })
    .strict()
    .prefault({}),
  suppress: z
    .strictObject({ below: positive })
    .optional()
    .meta({ description: 'Regions with fewer are not shown' }),
  id: id.optional().meta({ description: 'What it is called in URLs' }),
  title: word(200).optional().meta({ description: 'What people read' }),
  theme: plainParams.shape.theme,
  locale: plainParams.shape.locale,
});

export type DraftAsked = z.output<typeof draftBody>;
