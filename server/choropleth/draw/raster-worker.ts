import { LRUCache } from 'lru-cache';
import { Resvg } from '@resvg/resvg-js';
import { answerJobs } from '../../tools/thread-worker.ts';
import type { DrawnLayer } from './drawing.ts';
import { FONT_FILES, FONT_NAME } from './page/fonts.ts';
import { pdfOf } from './page/pdf.ts';
import { pictureSvg } from './page/picture.ts';
import type { DrawJob, DrawResult } from './raster.ts';

/** Vertices of the layers that were drawn last. */
const KEPT_VERTICES = 4_000_000;
const layers = new LRUCache<number, DrawnLayer>({
  maxSize: KEPT_VERTICES,
  sizeCalculation: ({ index }) => Math.max(1, Math.min(KEPT_VERTICES, index.topology.vertexCount)),
});

/** Lays pictures out and draws SVG as PNG or PDF, or says which geometry it does not have (any more). */
answerJobs(
  (job: DrawJob): DrawResult => {
    if ('svg' in job) return { bytes: pngOf(job.svg, job.scale) };
    for (const { id, topology } of job.geometry) layers.set(id, { index: { topology } });
    const missing = [job.layer, ...(job.parents === undefined ? [] : [job.parents])].filter(
      (id) => !layers.has(id),
    );
    if (missing.length > 0) return { missing };
    const parents = job.parents === undefined ? undefined : layers.get(job.parents);
    const svg = pictureSvg(job.drawing, layers.get(job.layer)!, parents);
    const { format, drawing } = job;
    if (format === 'svg') return { bytes: new TextEncoder().encode(svg) };
    return { bytes: format === 'pdf' ? pdfOf(svg, drawing.options.locale) : pngOf(svg, format.scale) };
  },
  (result) => ('bytes' in result ? [result.bytes.buffer as ArrayBuffer] : []),
);

/** Only our own fonts are used, so every machine draws the same. */
function pngOf(svg: string, scale: number): Uint8Array {
  const picture = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(FONT_FILES),
      defaultFontFamily: FONT_NAME,
      sansSerifFamily: FONT_NAME,
    },
    fitTo: { mode: 'zoom', value: scale },
  });
  // A copy, as what the library hands out is its own.
  return Uint8Array.from(picture.render().asPng());
}
