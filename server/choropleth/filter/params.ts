import { filterParams } from '../../cql2/params.ts';

/** `filter` and what belongs to it, of regions. */
export const regionFilterParams = filterParams.extend({
  filter: filterParams.shape.filter.meta({
    description:
      'CQL2 (OGC 21-065r2): which regions are shown, by their values, names and outlines, and which values of dimensions count',
    aside: "rank <= 10 AND status = 'ok'",
  }),
});
