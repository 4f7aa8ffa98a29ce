import sqlite from 'node-sqlite3-wasm';
import wkx from 'wkx';
import type { Geometry } from 'geojson';
import {
  choose,
  ImportError,
  type Source,
  type SourceCrs,
  type SourceFeature,
  type SourceOptions,
} from '../source.ts';

interface LayerRow {
  name: string;
  column: string;
  organization: string | null;
  code: number;
  definition: string | null;
}

const LAYERS = `
  select g.table_name as name, g.column_name as "column",
         s.organization, s.organization_coordsys_id as code, s.definition
  from gpkg_geometry_columns g
  join gpkg_contents c on c.table_name = g.table_name and c.data_type = 'features'
  left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id
  order by g.table_name`;

/** One layer of a GeoPackage, read from the file row by row. @throws ImportError */
export function openGeoPackage(file: string, { layer }: SourceOptions): Source {
  const db = new sqlite.Database(file, { readOnly: true, fileMustExist: true });
  try {
    const layers = db.all(LAYERS) as unknown as LayerRow[];
    const name = choose(
      layers.map((each) => each.name),
      layer,
      'layer',
    );
    const { column, ...srs } = layers.find((each) => each.name === name)!;
    const table = `"${name.replaceAll('"', '""')}"`;
    const [count] = db.all(`select count(*) as n from ${table}`) as unknown as { n: number }[];
    return {
      format: 'GeoPackage',
      crs: crsOf(srs),
      total: Number(count?.n),
      features: () => rows(db, table, column),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    if (error instanceof ImportError) throw error;
    throw new ImportError(`${file} cannot be read as a GeoPackage: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function* rows(db: sqlite.Database, table: string, column: string): AsyncGenerator<SourceFeature> {
  const statement = db.prepare(`select * from ${table}`);
  try {
    let i = 0;
    for (const row of statement.iterate() as Iterable<Record<string, unknown>>) {
      const { [column]: blob, ...properties } = row;
      i++;
      yield { at: `row ${i}`, properties, geometry: blob instanceof Uint8Array ? decode(blob, i) : null };
    }
  } finally {
    statement.finalize();
  }
}

/** Bytes of the envelope by its kind (GeoPackage 1.3, 2.1.3.1.1). */
const ENVELOPES = [0, 32, 48, 48, 64];
const HEADER_BYTES = 8;

function decode(blob: Uint8Array, row: number): Geometry | null {
  const flags = blob[3] ?? 0;
  const envelope = ENVELOPES[(flags >> 1) & 7];
  if (blob[0] !== 0x47 || blob[1] !== 0x50 || envelope === undefined)
    throw new ImportError(`row ${row}: the geometry is not one of a GeoPackage`);
  const isEmpty = (flags & 0b10000) !== 0;
  if (isEmpty) return null;
  return wkx.Geometry.parse(Buffer.from(blob.subarray(HEADER_BYTES + envelope))).toGeoJSON() as Geometry;
}

function crsOf({ organization, code, definition }: Omit<LayerRow, 'name' | 'column'>): SourceCrs | undefined {
  if (organization?.toUpperCase() === 'EPSG') return { epsg: Number(code) };
  return definition === null || definition === 'undefined' ? undefined : { definition };
}
