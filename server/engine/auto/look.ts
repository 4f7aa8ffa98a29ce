import { relationName, type Layer, type TableLayer } from '../../catalog/types.ts';
import type { Database } from '../../db/types.ts';
import { Generations } from '../../generations/generations.ts';
import { UNKNOWN } from '../../generations/tokens.ts';
import { ok, warning, type Finding } from '../../tools/finding.ts';
import type { AutoMaps } from './maps.ts';
import { generationsOf, readRecords, type AutoRecord } from './record.ts';
import type { AutoConfig } from './settings.ts';

interface Looked {
  readonly layers: readonly Layer[];
  readonly maps: AutoMaps & {
    readonly layers: Readonly<Record<string, { readonly pyramid?: object | undefined }>>;
  };
  readonly config: AutoConfig;
}

/** What the server made by itself of layers too large for memory, and of which large ones it makes nothing, and why. */
export async function lookAtAutomatic(db: Database, { layers, maps, config }: Looked): Promise<Finding[]> {
  const check = 'automatic';
  if (db.kind !== 'postgres') return [];
  if (config.auto.bytes === 0) return [ok(check, 'off: CHOROGRAPH_AUTO_MB is 0')];
  let made: AutoRecord[];
  try {
    made = await readRecords(db);
  } catch {
    return [ok(check, 'nothing: there is no schema chorograph to keep it in, or the role may not read it')];
  }
  const generations = new Generations(db, () => {});
  generations.enableTracking();
  await generations.poll();
  const builtOf = await generationsOf(db);
  const tables = layers.filter((layer): layer is TableLayer => layer.type === 'table' && !layer.problem);
  const tokenOf = (layer: TableLayer): string => generations.of(relationName(layer));
  const told = made.map((one) => {
    const layer = tables.find(({ id }) => id === one.layer);
    const age = !layer
      ? 'of a layer that is not served here'
      : builtOf(one.kind, layer) === tokenOf(layer)
        ? 'of its present data'
        : 'older than its data';
    return `${one.kind} of ${one.layer}: ${one.rows} rows, ${megabytes(one.bytes)}, made ${one.builtAt} in ${(one.ms / 1000).toFixed(1)} s, ${age}`;
  });
  const bytes = made.reduce((sum, one) => sum + one.bytes, 0);
  const used = `${megabytes(bytes)} of ${megabytes(config.auto.bytes)} are taken`;
  const found = ok(check, [...(told.length > 0 ? told : ['nothing is made yet']), used].join('\n'));
  const without = tables.filter(
    (layer) =>
      layer.estimatedRows > config.auto.rows &&
      !maps.layers[layer.id]?.pyramid &&
      !layer.overviews &&
      !made.some((one) => one.layer === layer.id),
  );
  return [found, ...without.flatMap((layer) => whyNot(layer, maps, tokenOf(layer), check))];
}

/** Of what is many rows without anything made of it. */
function whyNot(layer: TableLayer, maps: AutoMaps, token: string, check: string): Finding[] {
  const name = `${layer.id} has ${layer.estimatedRows} rows, and nothing is made of it`;
  if (maps.layers[layer.id]?.auto === false) return [ok(check, `${name}: maps.yaml says auto: false`)];
  if (layer.access === 'role') return [ok(check, `${name}: each role sees other rows of it`)];
  if (token === UNKNOWN) {
    return [
      warning(
        check,
        `${name}: nothing tells its changes`,
        'select chorograph.track(…) what it reads; docs/freshness.md',
      ),
    ];
  }
  return [ok(check, `${name}: memory holds it, or a server makes it soon; /health says what is in the way`)];
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
