import { send } from '../api.ts';

/** A suggestion of the server. */
export interface Found {
  id: string;
  kind: 'region' | 'layer' | 'choropleth' | 'feature';
  title: string;
  code?: string;
  why: { highlights: [start: number, end: number][] };
  /** What it lies in, the nearest first. */
  parents: string[];
  centre?: [longitude: number, latitude: number];
  /** West exceeds east where it crosses the antimeridian. */
  bbox?: [west: number, south: number, east: number, north: number];
}

const MOST = 12;

/** @throws ApiError; the signal's reason */
export async function suggest(text: string, signal: AbortSignal): Promise<Found[]> {
  const query = new URLSearchParams({ q: text, limit: String(MOST) });
  const response = await send(`search/suggest?${query.toString()}`, {
    signal,
    headers: { Accept: 'application/json' },
  });
  return ((await response.json()) as { hits: Found[] }).hits;
}

/** The set that a region is of: `us-counties` of `regions:us-counties:06037`. */
export const regionSet = ({ id }: Found): string => id.split(':')[1] ?? '';
