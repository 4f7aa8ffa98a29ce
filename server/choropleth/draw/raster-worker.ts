import { Resvg } from '@resvg/resvg-js';
import { answerJobs } from '../../thread-worker.ts';
import { FONT_FILES, FONT_NAME } from './fonts.ts';
import type { RasterJob } from './raster.ts';

/** Draws SVG as PNG. Only our own fonts are used, so every machine draws the same. */
answerJobs(({ svg, scale }: RasterJob): Uint8Array => {
  const picture = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(FONT_FILES),
      defaultFontFamily: FONT_NAME,
      sansSerifFamily: FONT_NAME,
    },
    fitTo: { mode: 'zoom', value: scale },
  });
  return picture.render().asPng();
});
