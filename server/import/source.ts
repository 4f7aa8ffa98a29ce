import type { Geometry } from 'geojson';
import { AppError } from '../errors.ts';

/** One row of a file of regions, as it stands there. */
export interface SourceFeature {
  /** Where it stands, for a person: `line 12`, `feature 3`. */
  readonly at: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** In the coordinates of the file. */
  readonly geometry: Geometry | null;
}

/** The reference system of a file: a number of EPSG, or a definition as WKT or PROJ text has it. */
export type SourceCrs = { readonly epsg: number } | { readonly definition: string };

/** A file that regions are read from, a row at a time and as often as is asked for. */
export interface Source {
  readonly format: string;
  /** Longitude and latitude on WGS 84 where undefined. */
  readonly crs: SourceCrs | undefined;
  /** Rows, where the file says. */
  readonly total?: number | undefined;
  features(): AsyncIterable<SourceFeature>;
  close?(): void;
}

export interface SourceOptions {
  /** Which of several: a layer of a GeoPackage, an object of a TopoJSON, a Shapefile of a folder. */
  readonly layer?: string | undefined;
  /** Encoding of a Shapefile's texts where it does not say. */
  readonly encoding?: string | undefined;
}

/** A file that cannot be taken as it is: what is wrong, where, and what would be right. */
export class ImportError extends AppError {
  constructor(text: string, options?: { cause?: unknown }) {
    super('bad_request', { detail: text }, options);
    this.name = 'ImportError';
    this.message = text;
  }
}

/** The one that is wanted, or the only one. @throws ImportError naming those that there are */
export function choose(names: readonly string[], wanted: string | undefined, what: string): string {
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  const [only] = names;
  if (wanted === undefined && names.length === 1 && only !== undefined) return only;
  if (names.length === 0) throw new ImportError(`the file has no ${what}`);
  const lack = wanted === undefined ? `there is more than one ${what}` : `there is no ${what} ${wanted}`;
  throw new ImportError(`${lack}; name one with --layer: ${names.join(', ')}`);
}
