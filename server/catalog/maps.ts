import { z } from 'zod';
import { access, caption, id, mapsPart, name, relation, type Added, type Problem } from '../maps-part.ts';
import { PATTERN, type AccessRules } from '../sight/access.ts';

const ZOOM = 'a whole number from 0 to 24';
const zoom = z.int(ZOOM).min(0, ZOOM).max(24, ZOOM);

/** An entry of `layers`, with what the capabilities add to it. */
const layer = (more: ReturnType<Added>) =>
  z
    .strictObject({
      table: relation.optional(),
      function: relation.optional(),
      /** The table that a view shows some rows of, each once: its key is the view's, and it is no layer by itself. */
      base: relation.optional(),
      geometry: name.optional(),
      /** Publishes a function that is declared VOLATILE; it cannot write all the same. */
      volatile: z.boolean().optional(),
      title: z.string().optional(),
      description: z.string().optional(),
      attribution: caption.optional(),
      access: access.optional(),
      /** Columns that nobody is shown. */
      withhold: z.array(name).optional(),
      minzoom: zoom.optional(),
      maxzoom: zoom.optional(),
      ...more,
    })
    .refine(
      (one) => (one.table === undefined) !== (one.function === undefined),
      'of either a table or a function',
    )
    .refine(
      (one) =>
        one.function === undefined || (one.geometry ?? (one as { pyramid?: unknown }).pyramid) === undefined,
      'without geometry and pyramid where it is of a function',
    )
    .refine(
      (one) => one.function === undefined || one.withhold === undefined,
      'without withhold where it is of a function',
    )
    .refine(
      (one) => one.base === undefined || (one.table !== undefined && one.table !== one.base),
      'without base where it is of that table, or of a function',
    )
    .refine(
      (one) => one.table === undefined || one.volatile === undefined,
      'without volatile where it is of a table',
    )
    .refine(({ minzoom = 0, maxzoom = 24 }) => minzoom <= maxzoom, 'with minzoom up to maxzoom');

export type LayerConfig = z.output<ReturnType<typeof layer>>;

/** `all` shows what the role can read, `listed` what has an entry or a pattern; `all` until that is decided. */
export type Publish = 'all' | 'listed' | 'undecided';

/** `layers`: what the database cannot say of a layer; `publish` and `access`: who may see which. */
export interface LayerMaps {
  readonly publish?: Publish;
  readonly access?: AccessRules;
  readonly layers: Readonly<Record<string, LayerConfig>>;
}

export const layerMaps = mapsPart<LayerMaps>({
  sections: (added) => ({
    publish: z.enum(['all', 'listed', 'undecided'], { error: 'all or listed' }).default('undecided'),
    /** By pattern of ids, `schema.name` or `choropleth/ID`. */
    access: z.record(z.string().regex(PATTERN, 'letters, digits and . _ - / : *'), access).default({}),
    layers: z.record(id, layer(added('layer'))).default({}),
  }),
  check: ({ layers }) =>
    Object.entries(layers).flatMap(([id, { base }]): Problem[] =>
      base === undefined
        ? []
        : Object.entries(layers)
            .filter(([, other]) => other.table === base && other.access === undefined)
            .map(([other]) => ({
              path: ['layers', other],
              text: `: layers.${id} shows some of its rows; say by access who may see all`,
            })),
    ),
  describes: {
    publish:
      'Which layers are shown: all that the database role can read, or only those that are listed here',
    access: 'Who may see what, by pattern of ids, schema.name or choropleth/ID',
    'access.*': 'public, key, nobody, role or scope:NAME',
    layers: 'What the database cannot say of a layer, by the id that stands in URLs',
    'layers.*': 'A layer: a table, view or tile function',
    'layers.*.table': 'Table, view or materialized view: name, or schema.name',
    'layers.*.base':
      "Table that a view shows some rows of, each once: its key is the view's, and it is no layer by itself",
    'layers.*.function': 'Tile function: name, or schema.name',
    'layers.*.geometry': 'Column of the geometry, where there are several',
    'layers.*.volatile': 'Publishes a tile function that is declared VOLATILE',
    'layers.*.title': 'What people read; the id where absent',
    'layers.*.description': 'A sentence or two about it',
    'layers.*.attribution': 'Whom maps must name, as HTML',
    'layers.*.access': 'Who may see it: public, key, nobody, role or scope:NAME',
    'layers.*.withhold': 'Columns that nobody is shown',
    'layers.*.minzoom': 'Lowest zoom of its tiles',
    'layers.*.maxzoom': 'Highest zoom of its tiles',
  },
});
