import { z } from 'zod';
import { LIMITS } from './fault.ts';

const once = 'given once';

/** `filter`, `filter-lang` and `filter-crs`, as OGC API – Features Part 3 names them. */
export const filterParams = z.object({
  filter: z
    .string({ error: once })
    .max(LIMITS.characters, `at most ${LIMITS.characters} characters`)
    .optional()
    .meta({
      description: 'CQL2 (OGC 21-065r2): conditions on columns and the geometry',
      aside: 'population > 100000 AND S_INTERSECTS(geom, BBOX(-125, 24, -66, 50))',
    }),
  'filter-lang': z
    .enum(['cql2-text', 'cql2-json'], { error: 'cql2-text or cql2-json' })
    .optional()
    .meta({ description: 'What filter is written in; cql2-text where absent', aside: 'cql2-text' }),
  'filter-crs': z.string({ error: once }).max(200, 'at most 200 characters').optional().meta({
    description: 'What the geometries of filter are in: CRS84 where absent (longitude first)',
    aside: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  }),
});
