import { z } from 'zod';
import { mapsPart, name, type Problem } from '../maps-part.ts';
import { isScope, type Scope } from '../security/public.ts';
import { BY, STATES, type Review, type State } from './review/states.ts';

const scope = z.custom<Scope>(
  (value) => typeof value === 'string' && isScope(value),
  'a scope of keys, such as edit or scope:NAME',
);

const review = z
  .strictObject({
    /** Of the table: text, the state of each row. */
    column: name,
    /** Which keys bring a feature to a state. */
    by: z.partialRecord(z.enum(STATES), scope).default({}),
  })
  .transform(({ column, by }): Review => ({
    column,
    by: { ...BY, ...(by as Partial<Record<State, Scope>>) },
  }));

const edit = z
  .union(
    [
      z.literal(true).transform(() => ({})),
      z.strictObject({
        /** Those that may be written; all that are shown where absent. */
        columns: z.array(name).min(1, 'at least one column').optional(),
        /** Which keys may edit. */
        scope: scope.optional(),
        /** The public sees what is approved. */
        review: review.optional(),
      }),
    ],
    { error: 'true, or columns, scope and review' },
  )
  .transform((given: Given): EditConfig => ({
    columns: given.columns,
    scope: given.scope ?? 'edit',
    review: given.review,
  }));

interface Given {
  readonly columns?: readonly string[] | undefined;
  readonly scope?: Scope | undefined;
  readonly review?: Review | undefined;
}

export interface EditConfig {
  readonly columns: readonly string[] | undefined;
  readonly scope: Scope;
  readonly review: Review | undefined;
}

/** `layers.*.edit` */
export interface EditMaps {
  readonly layers: Readonly<
    Record<string, { readonly edit?: EditConfig | undefined; readonly base?: string | undefined }>
  >;
}

interface Checked {
  readonly layers: Readonly<
    Record<
      string,
      {
        readonly function?: string | undefined;
        readonly base?: string | undefined;
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
    'layers.*.edit.review':
      'The public sees what is approved: the table is a view of that, base the table of all',
    'layers.*.edit.review.column': 'Column of base with the state of each row',
    'layers.*.edit.review.by': 'Which keys bring a feature to a state: a scope by state',
    'layers.*.edit.review.by.*': 'Scope of keys: edit, review or scope:NAME',
  },
  check: (maps) =>
    Object.entries((maps as Checked).layers).flatMap(([id, layer]): Problem[] => {
      const { edit: own, withhold = [] } = layer;
      if (!own) return [];
      const at = (text: string): Problem[] => [{ path: ['layers', id, 'edit'], text }];
      return [
        ...(layer.function === undefined ? [] : at(': a tile function has no rows')),
        ...(own.review && layer.base === undefined
          ? at(
              '.review: the layer is a view of what is approved, and base the table of all (chorograph.review())',
            )
          : []),
        ...(!own.review && layer.base !== undefined
          ? at(': what shows some rows of base is edited with review')
          : []),
        ...(layer.access === 'role'
          ? at(': what each role sees other rows of is edited in the database')
          : []),
        ...(own.columns ?? [])
          .filter((column) => withhold.includes(column))
          .flatMap((column) => at(`: ${column} is withheld`)),
      ];
    }),
});
