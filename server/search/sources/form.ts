import { isDeepStrictEqual as isSame } from 'node:util';
import type { Access } from '../../sight/access.ts';
import { documentId } from '../documents/document.ts';
import type { Documents } from '../documents/documents.ts';
import type { IndexNeeds } from '../needs.ts';
import { readPublished } from './published.ts';
import { sourcesOf, type RowSource } from './sources.ts';

/** How each source is read, by its id: columns and whom they are for. */
export type Forms = ReadonlyMap<string, string>;

export const formsOf = (sources: readonly RowSource[]): Forms =>
  new Map(sources.map((source) => [source.id, formOf(source)]));

function formOf({ layer, title, code, names, text, context, parent }: RowSource): string {
  const access: Access | null = layer.access ?? null;
  return JSON.stringify([layer.id, access, title, code, names, Object.keys(text), context, parent]);
}

/** How an index was read: its rows, and layers and choropleths as they were. */
export interface Read {
  readonly forms: Forms;
  readonly published: Documents;
}

/** Tells what of an index is not what it was: its columns may be withheld by now. */
export class Outdated {
  readonly #needs: Pick<IndexNeeds, 'maps' | 'catalog' | 'choropleths'>;
  #found: ReadonlySet<string> = new Set();
  #read: Read | undefined;
  #version = '';

  constructor(needs: Pick<IndexNeeds, 'maps' | 'catalog' | 'choropleths'>) {
    this.#needs = needs;
  }

  /** Ids of sources, and of layers and choropleths: these would be found by columns that nobody is told of. */
  of(read: Read): ReadonlySet<string> {
    const { catalog, choropleths } = this.#needs;
    const version = `${catalog.version} ${choropleths.version}`;
    // Asked with every search: these tell whether anything can have changed.
    if (read === this.#read && version === this.#version) return this.#found;
    const forms = formsOf(sourcesOf(this.#needs));
    const published = new Map([...readPublished(this.#needs)].map((one) => [documentId(one), one]));
    this.#found = new Set([
      ...[...read.forms].filter(([id, form]) => forms.get(id) !== form).map(([id]) => id),
      ...[...read.published].filter((one) => !isSame(one, published.get(documentId(one)))).map(documentId),
    ]);
    this.#read = read;
    this.#version = version;
    return this.#found;
  }
}
