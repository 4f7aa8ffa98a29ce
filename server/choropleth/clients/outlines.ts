import { invalidParameter } from '../../errors.ts';
import type { Representation } from '../../http/answers/respond.ts';
import type { Answer } from '../answer.ts';
import { objectText, written } from '../forms/writing.ts';
import { outlineTexts } from '../regions/outlines.ts';

/** Map zooms whose detail the outlines may have, and the one that is tried first. */
const [LEAST, FIRST, MOST] = [0, 5, 10] as const;

/** Decimal places of degrees that a zoom shows. */
const precisionAt = (zoom: number): number => (zoom >= 8 ? 5 : zoom >= 4 ? 4 : 3);

/**
 * The regions alone, for what joins its own figures by code: with as much detail as fits into so many bytes, borders
 * shared at any. What has no outline is left out, as some readers take polygons alone.
 *
 * @throws AppError `invalid_parameter` (400) where they do not fit at the least detail
 */
export async function regionOutlines(answer: Answer, maxBytes: number): Promise<Representation> {
  let fitting: Representation | undefined;
  for (let zoom: number = FIRST; zoom <= MOST; zoom++) {
    const made = await collection(answer, zoom);
    if (made.body.length > maxBytes) break;
    fitting = made;
  }
  for (let zoom: number = FIRST - 1; !fitting && zoom >= LEAST; zoom--) {
    const made = await collection(answer, zoom);
    if (made.body.length <= maxBytes) fitting = made;
    else if (zoom === LEAST)
      throw invalidParameter('maxbytes', maxBytes, `at least ${made.body.length} for these regions`);
  }
  return fitting!;
}

async function collection(answer: Answer, zoom: number): Promise<Representation> {
  const outlines = await outlineTexts(answer.regions.layer, zoom, precisionAt(zoom));
  const shown = answer.values.filter(({ row }) => (outlines[row] ?? 'null') !== 'null');
  const head = { type: 'FeatureCollection' };
  const texts = objectText(head, 'features', shown, ({ row, code, name, parent }) => {
    const properties = JSON.stringify({ code, name, ...(parent === null ? {} : { parent }) });
    return `{"type":"Feature","id":${JSON.stringify(code)},"properties":${properties},"geometry":${outlines[row]}}`;
  });
  return written(texts, 'application/geo+json; charset=utf-8');
}
