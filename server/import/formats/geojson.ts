import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Feature, FeatureCollection, Geometry } from 'geojson';
import { feature } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import {
  choose,
  ImportError,
  type Source,
  type SourceCrs,
  type SourceFeature,
  type SourceOptions,
} from '../source.ts';

/** A member of GeoJSON as it was before RFC 7946, which files still carry. */
interface OldCrs {
  readonly crs?: { readonly properties?: { readonly name?: unknown } | null } | null;
}

/** GeoJSON or TopoJSON in one text. @throws ImportError */
export async function openJson(file: string, options: SourceOptions): Promise<Source> {
  const json = parse(await readFile(file, 'utf8'), file);
  if (json.type === 'Topology') return openTopology(json, options);
  if (json.type !== 'FeatureCollection' || !Array.isArray(json.features))
    throw new ImportError(`${file} is neither a FeatureCollection nor a Topology`);
  const { features } = json;
  return {
    format: 'GeoJSON',
    crs: crsOf(json),
    total: features.length,
    features: () => numbered(features, 'feature'),
  };
}

/** A feature on each line; blank lines and record separators (RFC 8142) are passed over. */
export function openLines(file: string): Source {
  return {
    format: 'line-delimited GeoJSON',
    crs: undefined,
    features: async function* () {
      let line = 0;
      for await (const text of createInterface({
        input: createReadStream(file, 'utf8'),
        crlfDelay: Infinity,
      })) {
        line++;
        const bare = text.replaceAll('\u001e', '').trim();
        if (bare === '') continue;
        const json = parse(bare, `line ${line}`);
        if (json.type !== 'Feature') throw new ImportError(`line ${line} is not a Feature`);
        yield row(json as unknown as Feature, `line ${line}`);
      }
    },
  };
}

function openTopology(json: Parsed, { layer }: SourceOptions): Source {
  const topology = json as unknown as Topology;
  const object = topology.objects[choose(Object.keys(topology.objects), layer, 'object')]!;
  const found = feature(topology, object) as Feature | FeatureCollection;
  const features = found.type === 'FeatureCollection' ? found.features : [found];
  return {
    format: 'TopoJSON',
    crs: undefined,
    total: features.length,
    features: () => numbered(features, 'feature'),
  };
}

type Parsed = OldCrs & { readonly type?: unknown; readonly features?: Feature[] };

function parse(text: string, where: string): Parsed {
  try {
    const json = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
    if (typeof json === 'object' && json !== null) return json;
  } catch (error) {
    throw new ImportError(`${where} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new ImportError(`${where} is not an object of JSON`);
}

async function* numbered(features: readonly Feature[], what: string): AsyncGenerator<SourceFeature> {
  for (const [i, each] of features.entries()) yield row(each, `${what} ${i + 1}`);
}

function row({ id, properties, geometry }: Feature, at: string): SourceFeature {
  // Ids stand beside the properties; a file may have its codes there.
  const own = id === undefined ? {} : { id };
  return { at, properties: { ...own, ...properties }, geometry: geometry as Geometry | null };
}

/** `urn:ogc:def:crs:EPSG::3857`, `EPSG:3857`; CRS84 is what GeoJSON is in anyway. */
export function crsOf({ crs }: OldCrs): SourceCrs | undefined {
  const name = crs?.properties?.name;
  if (typeof name !== 'string' || /CRS:?84$/i.test(name)) return undefined;
  const [, epsg] = /EPSG:[\d.]*:?(\d+)$/i.exec(name) ?? [];
  if (epsg === undefined) throw new ImportError(`the reference system ${name} is not known; give --crs`);
  return { epsg: Number(epsg) };
}
