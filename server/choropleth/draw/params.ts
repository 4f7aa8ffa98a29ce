import { z } from 'zod';
import { LOCALES } from '../labels/index.ts';

/** Parameters that several drawn forms share. */
export const languageParams = {
  locale: z
    .enum(LOCALES, { error: `one of ${LOCALES.join(', ')}` })
    .default('en')
    .meta({ description: 'Language of numbers and words: en 1,234.5, id 1.234,5', example: 'id' }),
};

export const drawingParams = {
  scale: z
    .enum(['1', '2'], { error: '1 or 2' })
    .transform(Number)
    .default(1)
    .meta({ description: 'Pixels of the PNG per pixel of the drawing, 2 for dense screens', example: '2' }),
};
