import type { Capability, Starting } from '../capability.ts';
import type { Catalog } from './catalog.ts';

interface CatalogContext {
  readonly catalog: Catalog;
  readonly generations: { poll(): Promise<void> };
}

/** What the database has to show. Those before it in the list prepare without knowing, those after it know. */
export const catalog = {
  name: 'catalog',

  prepare: async ({ generations, catalog }: CatalogContext, { step }: Starting): Promise<void> => {
    step('reading the catalogue');
    await generations.poll();
    await catalog.reload();
  },
} satisfies Capability;
