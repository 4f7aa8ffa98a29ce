import { relationName } from '../../catalog/types.ts';
import { documentsOf, type Documents } from '../documents/documents.ts';
import type { SearchDocument } from '../documents/document.ts';
import type { IndexNeeds } from '../needs.ts';

/** Layers and choropleths themselves. */
export function readPublished({
  catalog,
  choropleths,
}: Pick<IndexNeeds, 'catalog' | 'choropleths'>): Documents {
  const one = (
    kind: 'layer' | 'choropleth',
    id: string,
    title: string,
    text: (string | undefined)[],
  ): SearchDocument => ({
    source: kind,
    key: id,
    kind,
    title,
    code: id,
    aliases: [],
    parents: [],
    parentIds: [],
    texts: [text.filter((part) => part !== undefined).join(' ')],
    centre: undefined,
    box: undefined,
    rank: 1,
    shownBy: id,
  });
  const layers = catalog
    .all()
    .filter(({ problem }) => !problem)
    .map((layer) => {
      const columns = layer.type === 'table' ? layer.columns : [];
      const words = columns.flatMap(({ name, description }) => [name, description]);
      return one('layer', layer.id, layer.title, [layer.description, relationName(layer), ...words]);
    });
  const maps = choropleths.all().flatMap(({ choropleth }) => {
    if (!choropleth) return [];
    const { id, title, description, metrics, levels } = choropleth;
    const words = [...metrics.map(({ label }) => label), ...levels.map(({ label }) => label)];
    return [one('choropleth', id, title, [description, ...words])];
  });
  return documentsOf([...layers, ...maps]);
}
