import { readFileSync } from 'node:fs';
import type { Feature, MultiPolygon, Polygon } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { projectPath } from '../tools/paths.ts';

/** A region of a topology file: `id` is its stable code. */
export type Region = Feature<MultiPolygon, { name: string }> & { id: string };

/** Regions of one collection of a topology file in `data/`, in degrees, sorted by code. */
export function readRegions(file: string, collection: string): Region[] {
  const topology = readJson(file) as Topology<Record<string, GeometryCollection<{ name: string }>>>;
  const source = topology.objects[collection];
  if (!source) throw new Error(`data/${file} has no collection ${collection}`);
  return feature(topology, source).features.map((region): Region => {
    const geometry = multi(region.geometry as Polygon | MultiPolygon);
    return { ...region, id: String(region.id), geometry };
  });
}

/** Rows of a table file in `data/` (`{ columns, rows }`) as objects. */
export function readTable<Row>(file: string): Row[] {
  const { columns, rows } = readJson(file) as { columns: string[]; rows: unknown[][] };
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])) as Row);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(projectPath('data', file), 'utf8'));
}

/** Six decimals are 0.1 m, far below the grid of the files, and keep the text sent to the database short. */
function multi(geometry: Polygon | MultiPolygon): MultiPolygon {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const round = (value: number): number => Math.round(value * 1e6) / 1e6;
  return {
    type: 'MultiPolygon',
    coordinates: polygons.map((rings) => rings.map((ring) => ring.map((point) => point.map(round)))),
  };
}
