import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Feature } from 'geojson';
import type { Source, SourceCrs, SourceFeature } from '../source.ts';

/** Of a header what we use. */
interface Header {
  readonly featuresCount: number;
  readonly crs: { readonly org: string | null; readonly code: number; readonly wkt: string | null } | null;
}

/** A FlatGeobuf, read as a stream: once for its header, and again for its rows. */
export async function openFlatGeobuf(file: string): Promise<Source> {
  const { geojson } = await import('flatgeobuf'); // brings a library of maps, which no other program should load
  let header: Header | undefined;
  const read = (): AsyncGenerator<Feature> => {
    const stream = Readable.toWeb(createReadStream(file)) as ReadableStream;
    return geojson.deserialize(stream, {
      headerMetaFn: (meta: Header) => (header = meta),
    }) as AsyncGenerator<Feature>;
  };
  for await (const _first of read()) break;
  return {
    format: 'FlatGeobuf',
    crs: crsOf(header),
    total: header?.featuresCount,
    features: async function* (): AsyncGenerator<SourceFeature> {
      let i = 0;
      for await (const { properties, geometry } of read())
        yield { at: `feature ${++i}`, properties: properties ?? {}, geometry };
    },
  };
}

function crsOf(header: Header | undefined): SourceCrs | undefined {
  const { org, code = 0, wkt } = header?.crs ?? {};
  if (code > 0 && (org ?? 'EPSG').toUpperCase() === 'EPSG') return { epsg: code };
  return wkt ? { definition: wkt } : undefined;
}
