import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { openCsv } from './formats/csv.ts';
import { openFlatGeobuf } from './formats/flatgeobuf.ts';
import { openJson, openLines } from './formats/geojson.ts';
import { ImportError, type Source, type SourceOptions } from './source.ts';

// What a server reads once in its life or never, and what takes a megabyte or more, is read when asked for.
type Opener = (file: string, options: SourceOptions) => Source | Promise<Source>;

const openShapefile: Opener = async (file, options) =>
  (await import('./formats/shapefile.ts')).openShapefile(file, options);

const BY_ENDING: Readonly<Record<string, Opener>> = {
  '.geojson': openJson,
  '.json': openJson,
  '.topojson': openJson,
  '.geojsonl': openLines,
  '.geojsons': openLines,
  '.ndjson': openLines,
  '.jsonl': openLines,
  '.shp': openShapefile,
  '.zip': openShapefile,
  // Its SQLite takes 17 MB of every process that has read it.
  '.gpkg': async (file, options) => (await import('./formats/geopackage.ts')).openGeoPackage(file, options),
  '.fgb': openFlatGeobuf,
  '.csv': openCsv,
  '.tsv': openCsv,
};

/** Opens a file of regions by its ending; a folder is one of a Shapefile. @throws ImportError */
export async function openSource(file: string, options: SourceOptions = {}): Promise<Source> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new ImportError(`there is no file ${file}`);
  const ending = extname(file).toLowerCase();
  const opener = found.isDirectory() ? openShapefile : BY_ENDING[ending];
  if (!opener)
    throw new ImportError(
      `${file}: files ending in ${Object.keys(BY_ENDING).join(', ')} are read, and folders with a Shapefile`,
    );
  return opener(file, options);
}
