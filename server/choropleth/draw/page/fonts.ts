import { readFileSync } from 'node:fs';
import { projectPath } from '../../../tools/paths.ts';
import { readMetrics, type FontMetrics } from './font-metrics.ts';

export type Weight = 'regular' | 'semibold';

/** The fonts that pictures are drawn with; see assets/fonts/README.md. */
export const FONT_FILES: Record<Weight, string> = {
  regular: projectPath('assets', 'fonts', 'SourceSans3-Regular.ttf'),
  semibold: projectPath('assets', 'fonts', 'SourceSans3-SemiBold.ttf'),
};

export const FONT_NAME = 'Source Sans 3';

/** For programs that draw the SVG without our font. */
export const FONT_FAMILY = `'${FONT_NAME}', 'Source Sans Pro', 'Segoe UI', Roboto, Arial, sans-serif`;

const metrics = new Map<Weight, FontMetrics>();

/** Width of a line of text in pixels when written with our font. */
export function textWidth(text: string, size: number, weight: Weight = 'regular'): number {
  let font = metrics.get(weight);
  if (!font) {
    font = readMetrics(readFileSync(FONT_FILES[weight]));
    metrics.set(weight, font);
  }
  let units = 0;
  for (const character of text) units += font.advance(character.codePointAt(0) ?? 0);
  return (units / font.unitsPerEm) * size;
}

/** Breaks a text into lines of at most `width` pixels; the last one that is allowed ends in an ellipsis. */
export function wrapText(
  text: string,
  width: number,
  size: number,
  { weight = 'regular', maxLines = Infinity }: { weight?: Weight; maxLines?: number } = {},
): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && textWidth(joined, size, weight) <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  const kept = lines.slice(0, maxLines);
  return kept.map((line, i) => {
    const isCut = i === kept.length - 1 && lines.length > kept.length;
    return shortened(isCut ? `${line}…` : line, width, size, weight);
  });
}

function shortened(line: string, width: number, size: number, weight: Weight): string {
  if (textWidth(line, size, weight) <= width) return line;
  const characters = [...line.replace(/…$/, '')];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size, weight) > width)
    characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
