import type { Layer } from '../catalog/types.ts';
import { relationName } from '../catalog/types.ts';
import type { LayerMaps } from '../catalog/maps.ts';
import { ruled } from '../sight/access.ts';
import { linesFor, personalData, type Finding } from './personal.ts';

export interface PublishingContext {
  readonly catalog: { all(): readonly Layer[] };
  readonly maps: LayerMaps;
}

/** Layers that everybody may see, that look like data about persons, and that nobody has decided about. */
export function undecided({ catalog, maps }: PublishingContext): Finding[] {
  if (maps.publish === 'all' || maps.publish === 'listed') return [];
  return catalog.all().flatMap((layer) => {
    if (layer.type !== 'table' || layer.problem || layer.access !== undefined) return [];
    const said = maps.layers[layer.id]?.access ?? ruled(maps.access, [layer.id, relationName(layer)]);
    return said === undefined ? (personalData(layer) ?? []) : [];
  });
}

/** What a person is told of them: the lines of `maps.yaml` that would hide each. */
export function advice(findings: readonly Finding[], { layers }: LayerMaps): string {
  const many = findings.length === 1 ? 'a layer that looks' : `${findings.length} layers that look`;
  return [
    `Everybody can see ${many} like data about persons. To close them, write in maps.yaml (docs/security.md):`,
    'layers:',
    ...findings.map((finding) => linesFor(finding, Object.hasOwn(layers, finding.layer))),
    'or decide for all: publish: listed (what has an entry and nothing else), publish: all (as it is now)',
  ].join('\n');
}
