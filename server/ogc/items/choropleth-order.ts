import { REGION_TYPES, type Region, type RegionProperty } from '../../choropleth/public.ts';
import { refuseStrangers, type SortKey } from './layer-items.ts';

/** Regions in order of their properties; what has no value comes last either way. @throws AppError `invalid_parameter` */
export function sortRegions(regions: readonly Region[], keys: readonly SortKey[]): Region[] {
  refuseStrangers(
    'sortby',
    keys.map(({ name }) => name),
    Object.keys(REGION_TYPES),
  );
  return [...regions].sort((a, b) => {
    for (const { name, descending } of keys) {
      const order = compare(a[name as RegionProperty], b[name as RegionProperty], descending);
      if (order !== 0) return order;
    }
    return 0; // those that are equal stay in the order of their codes
  });
}

function compare(a: string | number | null, b: string | number | null, descending: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b === descending ? 1 : -1;
}
