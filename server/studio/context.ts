import type { Auditing } from '../audit/public.ts';
import type { Layer, TableLayer } from '../catalog/types.ts';
import type { Database } from '../db/types.ts';
import type { RegionSetConfig } from './draft/body.ts';
import type { Route } from '../http/routes.ts';
import type { ReadMaps } from '../maps/read.ts';
import type { Previews } from '../previews/public.ts';

export interface StudioMaps {
  readonly regions: Readonly<Record<string, RegionSetConfig>>;
  readonly choropleths: Readonly<Record<string, object>>;
}

/** What making choropleths asks for. */
export interface StudioContext {
  readonly db: Database;
  readonly maps: StudioMaps;
  readonly liveMaps: { readonly own: StudioMaps; readonly read: ReadMaps<object> };
  readonly mapsFile: { readonly path: string } | undefined;
  readonly catalog: {
    all(): readonly Layer[];
    ofRelation(relation: string, geometry?: string): TableLayer | undefined;
    lookAgain(): Promise<boolean>;
  };
  readonly choropleths: { all(): readonly { readonly id: string; readonly problem?: string | undefined }[] };
  readonly previews: Pick<Previews, 'file'>;
  readonly auditing: Pick<Auditing, 'who' | 'record'>;
  readonly keys: { require(scope: 'admin'): NonNullable<Route['access']> };
}
