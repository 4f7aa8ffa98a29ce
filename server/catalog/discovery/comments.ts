import { z } from 'zod';
import type { Bounds } from '../../tools/bounds.ts';

/** What an SQL comment may say of a layer when it is a JSON object; other members are nobody's. */
export interface Comment {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly attribution?: string | undefined;
  readonly minzoom?: number | undefined;
  readonly maxzoom?: number | undefined;
  readonly bounds?: Bounds | undefined;
  readonly vectorLayers?: readonly DescribedLayer[] | undefined;
  readonly contentType?: string | undefined;
}

/** A layer of a tile, as TileJSON names it. */
export interface DescribedLayer {
  readonly id: string;
  readonly description?: string | undefined;
  readonly minzoom?: number | undefined;
  readonly maxzoom?: number | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

const zoom = z.int().min(0).max(24);
const longitude = z.number().min(-180).max(180);
const latitude = z.number().min(-90).max(90);

const MEMBERS = {
  name: z.string().min(1),
  description: z.string(),
  attribution: z.string(),
  minzoom: zoom,
  maxzoom: zoom,
  bounds: z
    .tuple([longitude, latitude, longitude, latitude])
    .refine(([west, south, east, north]) => west <= east && south <= north),
  vector_layers: z
    .array(
      z.object({
        id: z.string().min(1),
        description: z.string().optional(),
        minzoom: zoom.optional(),
        maxzoom: zoom.optional(),
        fields: z.record(z.string(), z.string()).default({}),
      }),
    )
    .min(1),
  content_type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/),
} as const;

/**
 * A comment on a relation or function. One that is a JSON object says what its members say, as other tile servers
 * read it; a member of a wrong type says nothing. Any other text is the description.
 */
export function readComment(text: string | null): Comment {
  if (text === null || text.trim() === '') return {};
  const object = jsonObject(text);
  if (!object) return { description: text };
  const member = <Name extends keyof typeof MEMBERS>(name: Name) => {
    const parsed = z.safeParse(MEMBERS[name], object[name]);
    return parsed.success ? (parsed.data as z.output<(typeof MEMBERS)[Name]>) : undefined;
  };
  const [minzoom, maxzoom] = [member('minzoom'), member('maxzoom')];
  const isRange = minzoom === undefined || maxzoom === undefined || minzoom <= maxzoom;
  return present({
    title: member('name'),
    description: member('description'),
    attribution: member('attribution'),
    ...(isRange ? { minzoom, maxzoom } : {}),
    bounds: member('bounds'),
    vectorLayers: member('vector_layers'),
    contentType: member('content_type'),
  });
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function present(comment: Comment): Comment {
  return Object.fromEntries(Object.entries(comment).filter(([, value]) => value !== undefined));
}
