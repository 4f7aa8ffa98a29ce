import type { Access } from '../../sight/access.ts';
import type { IndexNeeds } from '../needs.ts';
import { sourcesOf, type RowSource } from './sources.ts';

/** How each source is read, by its id: columns and whom they are for. */
export type Forms = ReadonlyMap<string, string>;

export const formsOf = (sources: readonly RowSource[]): Forms =>
  new Map(sources.map((source) => [source.id, formOf(source)]));

function formOf({ layer, title, code, names, text, context, parent }: RowSource): string {
  const access: Access | null = layer.access ?? null;
  return JSON.stringify([layer.id, access, title, code, names, Object.keys(text), context, parent]);
}

/** Tells which sources of an index are not what they were: their columns may be withheld by now. */
export class Outdated {
  readonly #needs: Pick<IndexNeeds, 'maps' | 'catalog'>;
  #sources: ReadonlySet<string> = new Set();
  #forms: Forms | undefined;
  #version = -1;

  constructor(needs: Pick<IndexNeeds, 'maps' | 'catalog'>) {
    this.#needs = needs;
  }

  /** @param forms those that the index was read in */
  of(forms: Forms): ReadonlySet<string> {
    const { version } = this.#needs.catalog;
    // Asked with every search: the catalogue tells whether anything can have changed.
    if (forms === this.#forms && version === this.#version) return this.#sources;
    const now = formsOf(sourcesOf(this.#needs));
    this.#sources = new Set([...forms].filter(([id, form]) => now.get(id) !== form).map(([id]) => id));
    this.#forms = forms;
    this.#version = version;
    return this.#sources;
  }
}
