import type { Bbox } from '../../http/requests/params.ts';
import type { Locale } from '../labels/index.ts';
import type { ProjectionName } from './geometry/projection.ts';

export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly projection: ProjectionName;
  readonly bbox?: Bbox | undefined;
  readonly bare: boolean;
  readonly locale: Locale;
  /** With the name and value of each region, for pointers and screen readers. */
  readonly named: boolean;
}
