import { apart } from '../../engine/topology/flat.ts';
import type { Topology } from '../../engine/topology/topology.ts';
import { AppError } from '../../errors.ts';
import { Representation } from '../../http/answers/respond.ts';
import { Thread } from '../../tools/thread.ts';
import type { Drawing, DrawnLayer } from './drawing.ts';

interface PictureJob {
  drawing: Drawing;
  /** Names of the geometry of the regions and of their parents. */
  layer: number;
  parents: number | undefined;
  /** Geometry that the thread said it does not have. */
  geometry: readonly { id: number; topology: Topology }[];
  format: PictureFormat;
}

/** A drawing of lines, or pixels of a PNG per pixel of the SVG. */
export type PictureFormat = 'svg' | 'pdf' | { scale: number };

export type DrawJob = PictureJob | { svg: string; scale: number };
export type DrawResult = { bytes: Uint8Array } | { missing: readonly number[] };

/**
 * One thread for the whole process, as drawing is bound by the processor: with more, maps would be drawn at
 * the cost of tiles.
 */
const thread = new Thread<DrawJob, DrawResult>(new URL('./raster-worker', import.meta.url), {
  maxWaiting: 64,
  timeoutMs: 20_000,
});

const ids = new WeakMap<DrawnLayer, number>();
let known = 0;

function idOf(layer: DrawnLayer): number {
  const id = ids.get(layer) ?? ++known;
  ids.set(layer, id);
  return id;
}

export interface PictureSource {
  readonly drawing: Drawing;
  readonly layer: DrawnLayer;
  readonly parents: DrawnLayer | undefined;
}

/**
 * A picture, laid out and drawn outside the event loop: the SVG, or a PDF or PNG of it.
 * @param client who asks: clients take turns
 * @throws AppError `server_busy` where too many pictures wait already
 */
export async function pictureOf(
  { drawing, layer, parents }: PictureSource,
  client: string,
  format: PictureFormat,
): Promise<Representation> {
  const named = new Map([layer, ...(parents ? [parents] : [])].map((one) => [idOf(one), one]));
  const job = { drawing, layer: idOf(layer), parents: parents && idOf(parents), format };
  // Geometry goes over once; the thread may have forgotten it, or be another one by now.
  let geometry: PictureJob['geometry'] = [];
  for (let tries = 0; tries < 3; tries++) {
    const result = await thread.run({ ...job, geometry }, client);
    if ('bytes' in result) return representationOf(result.bytes, format);
    geometry = result.missing.map((id) => ({ id, topology: apart(named.get(id)!.index.topology) }));
  }
  throw new AppError('server_busy', { detail: 'the geometry is too large to be drawn' });
}

/**
 * A PNG of an SVG document, drawn outside the event loop.
 * @throws AppError `server_busy` where too many pictures wait already
 */
export async function pngOf(svg: string, client: string, scale = 1): Promise<Representation> {
  const result = await thread.run({ svg, scale }, client);
  if ('bytes' in result) return png(result.bytes);
  throw new AppError('internal');
}

function representationOf(bytes: Uint8Array, format: PictureFormat): Representation {
  if (format === 'svg') return svgOf(bytes);
  return format === 'pdf' ? of(bytes, 'application/pdf') : png(bytes);
}

const png = (bytes: Uint8Array): Representation => of(bytes, 'image/png');

function of(bytes: Uint8Array, type: string): Representation {
  return new Representation(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), type);
}

export function svgOf(svg: string | Uint8Array): Representation {
  const bytes =
    typeof svg === 'string' ? Buffer.from(svg) : Buffer.from(svg.buffer, svg.byteOffset, svg.byteLength);
  return new Representation(bytes, 'image/svg+xml; charset=utf-8');
}
