import { labelOf } from '../definitions.ts';
import type { ChoroplethRequest } from '../request/params.ts';

type Request = Pick<ChoroplethRequest, 'choropleth' | 'level'>;

/** Whom an interactive map must name, as HTML: for the figures, and for the borders of the level shown. */
export function attributionOf({ choropleth, level }: Request): string {
  const figures = choropleth.attribution ?? choropleth.source;
  return distinct([figures, level.layer.attribution]).join(', ');
}

/** What a picture says of where it is from, as plain text. */
export function creditsOf({ choropleth, level }: Request): string | undefined {
  const { source, attribution } = choropleth;
  const texts = [source, ...[attribution, level.layer.attribution].map((html) => html && plainText(html))];
  return distinct(texts).join(' · ') || undefined;
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
};

/** What HTML of a line says: tags go, the entities that credits have are what they stand for. */
function plainText(html: string): string {
  const text = html
    .replace(/<[^>]*>/g, '')
    .replace(/&(#?\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
  return text.replace(/\s+/g, ' ').trim();
}

function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined && text !== ''))] as string[];
}

/** The values of dimensions that an answer was filtered by, each with what people call the dimension. */
export function filterTexts({ choropleth, dimensions }: ChoroplethRequest): string[] {
  return [...dimensions].map(([name, values]) => `${labelOf(choropleth.cube, name)}: ${values.join(', ')}`);
}
