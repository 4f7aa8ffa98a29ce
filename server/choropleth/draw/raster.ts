import { Representation } from '../../http/respond.ts';
import { Thread } from '../../thread.ts';

export interface RasterJob {
  svg: string;
  /** Pixels of the PNG per pixel of the SVG. */
  scale: number;
}

/**
 * One thread for the whole process, as drawing is bound by the processor: with more, maps would be drawn at
 * the cost of tiles.
 */
const thread = new Thread<RasterJob, Uint8Array>(new URL('./raster-worker', import.meta.url), {
  maxWaiting: 32,
  timeoutMs: 20_000,
});

/**
 * A PNG of an SVG document, drawn outside the event loop.
 * @throws AppError `server_busy` where too many pictures wait already
 */
export async function pngOf(svg: string, scale = 1): Promise<Representation> {
  const png = await thread.run({ svg, scale });
  return new Representation(Buffer.from(png.buffer, png.byteOffset, png.byteLength), 'image/png');
}

export function svgOf(svg: string): Representation {
  return new Representation(Buffer.from(svg), 'image/svg+xml; charset=utf-8');
}
