import { z } from 'zod';
import { ACCESS, type Access } from './sight/access.ts';

/** Names of columns and relations. */
export const name = z.string({ error: 'a name' }).min(1, 'a name');
/** What people read. */
export const caption = z.string({ error: 'a text' }).min(1, 'a text');

/** Who may see something. */
export const access = z.custom<Access>(
  (value) => typeof value === 'string' && ACCESS.test(value),
  'public, key, nobody, role or scope:NAME',
);

/** Ids stand in URLs. */
export const id = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/i, 'letters, digits, - and _ only');
/** A part of a relation's name that has a dot or a quote in it stands in quotes, doubled within, as in SQL. */
const PART = String.raw`"(?:[^"]|"")+"|[^".]+`;
const RELATION = new RegExp(`^(?:(${PART})\\.)?(${PART})$`);
/** `schema.name`, or `name` in schema public. */
export const relation = name.transform((text, issues) => {
  const [, schema = 'public', table = ''] = RELATION.exec(text) ?? [];
  const plain = (part: string): string =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
  if (table !== '') return `${plain(schema)}.${plain(table)}`;
  issues.addIssue('schema.name or name, a part with a dot in double quotes');
  return z.NEVER;
});

/** Where others may add keys: `layers.*`, `choropleths.*`, `choropleths.*.cube`. */
export type Slot = 'layer' | 'choropleth' | 'cube';

declare const reads: unique symbol;

/** What a capability reads in `maps.yaml`, and what the whole file then is to it (`Maps`). */
export interface MapsPart<Maps extends object = object> {
  /** Top-level sections that are its own; where others may add keys, it asks for what they add. */
  readonly sections?: (added: Added) => z.ZodRawShape;
  /** Keys that it adds to the entries of a section that another owns. */
  readonly adds?: Readonly<Partial<Record<Slot, z.ZodRawShape>>>;
  /** What its keys mean, for editors: by path, `*` being any key (`layers.*.title`). */
  readonly describes?: Readonly<Record<string, string>>;
  /** What is right by itself and wrong together, asked of a file whose every part is right. */
  readonly check?: (maps: never) => readonly Problem[];
  /** The same of a file that may have mistakes of any kind: as much as can be told. */
  readonly checkAnyway?: (raw: unknown) => readonly Problem[];
  readonly [reads]?: Maps;
}

/** The keys that the capabilities add to a slot. Each knows the types of its own; they are nobody else's business. */
export type Added = (slot: Slot) => Record<never, z.ZodType>;

/** Declares what a capability reads. */
export function mapsPart<Maps extends object>(
  part: MapsPart<Maps> & { readonly check?: (maps: Maps) => readonly Problem[] },
): MapsPart<Maps> {
  return part;
}

export interface Problem {
  readonly path: readonly PropertyKey[];
  /** What stands behind the path: `: there is no such thing`. */
  readonly text: string;
}
