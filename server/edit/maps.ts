import { z } from 'zod';
import { mapsPart, name, type Problem } from '../maps-part.ts';
import { isScope, type Scope } from '../security/public.ts';

const scope = z.custom<Scope>(
  (value) => typeof value === 'string' && isScope(value),
  'a scope of keys, such as edit or scope:NAME',
);

const edit = z
  .union(
    [
      z.literal(true).transform(() => ({})),
      z.strictObject({
        /** Those that may be written; all that are shown where absent. */
        columns: z.array(name).min(1, 'at least one column').optional(),
        /** Which keys may edit. */
        scope: scope.optional(),
      }),
    ],
    { error: 'true, or columns and scope' },
  )
  .transform((given: { columns?: readonly string[] | undefined; scope?: Scope | undefined }) => ({
    columns: given.columns,
    scope: given.scope ?? 'edit',
  }));

export type EditConfig = z.output<typeof edit>;

/** `layers.*.edit` */
export interface EditMaps {
  readonly layers: Readonly<Record<string, { readonly edit?: EditConfig | undefined }>>;
}

interface Checked {
  readonly layers: Readonly<
    Record<
      string,
      {
        readonly function?: string | undefined;
        readonly access?: string | undefined;
        readonly withhold?: readonly string[] | undefined;
        readonly edit?: EditConfig | undefined;
      }
    >
  >;
}

export const editMaps = mapsPart<EditMaps>({
  adds: { layer: { edit: edit.optional() } },
  describes: {
    'layers.*.edit':
      'Features are created, replaced, changed and deleted: true, or which columns and by which keys',
    'layers.*.edit.columns': 'Columns that may be written; all that are shown where absent',
    'layers.*.edit.scope': 'Which keys may edit: edit, or scope:NAME',
  },
  check: (maps) =>
    Object.entries((maps as Checked).layers).flatMap(([id, layer]): Problem[] => {
      const { edit: own, withhold = [] } = layer;
      if (!own) return [];
      const at = (text: string): Problem[] => [{ path: ['layers', id, 'edit'], text }];
      return [
        ...(layer.function === undefined ? [] : at(': a tile function has no rows')),
        ...(layer.access === 'role'
          ? at(': what each role sees other rows of is edited in the database')
          : []),
        ...(own.columns ?? [])
          .filter((column) => withhold.includes(column))
          .flatMap((column) => at(`: ${column} is withheld`)),
      ];
    }),
});
