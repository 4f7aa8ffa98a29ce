import { Catalog } from '../../catalog/catalog.ts';
import { relationName, type Layer, type TableLayer } from '../../catalog/types.ts';
import { Choropleths } from '../../choropleth/choropleths.ts';
import type { Config } from '../../config.ts';
import { sqlFile } from '../../db/files.ts';
import { ident } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import { lookAtAutomatic } from '../../engine/auto/look.ts';
import { Grids } from '../../engine/grids/grids.ts';
import { definePyramid } from '../../engine/pyramid/definition.ts';
import { readMaps, type Maps } from '../../maps.ts';
import { MapsCheck } from '../../maps/check.ts';
import { LiveMaps } from '../../maps/live.ts';
import { lookAtViewIndexes } from '../../refresh/views/indexes.ts';
import { refreshTargets } from '../../refresh/views/targets.ts';
import { ok, some, warning, type Finding } from '../../tools/finding.ts';

/** A scan of fewer rows is over before an index would have been found. */
const FEW_ROWS = 1_000;

/** What is in the database to be served, and what of it is in the way of being served well. */
export async function lookAtContent(db: Database, config: Config, maps: Maps): Promise<Finding[]> {
  const { schemas, defaultSrid } = config;
  const catalog = new Catalog(db, maps, { schemas, defaultSrid }, () => {});
  await catalog.reload();
  const layers = catalog.all();
  return [
    layersFinding(layers),
    ...(await mapsFindings(db, catalog, config, maps)),
    ...(await indexFindings(db, layers, maps)),
    ...(await trackingFindings(db)),
    ...(await lookAtAutomatic(db, { layers, maps, config })),
  ];
}

function layersFinding(layers: readonly Layer[]): Finding {
  const broken = layers.filter(({ problem }) => problem);
  if (layers.length === 0)
    return warning(
      'layers',
      'no table has a geometry',
      'load one, or chorograph seed for the demo; docs/layers.md',
    );
  if (broken.length === 0) return ok('layers', `${layers.length} are served`);
  const denied = broken.filter(({ problem }) => problem?.reason === 'no_select_privilege');
  const grants = denied.map(({ schema, name }) => `grant select on ${ident(schema, name).text} to …`);
  return warning(
    'layers',
    `${layers.length - broken.length} are served, ${broken.length} are not: ${some(broken.map(({ id, problem }) => `${id} (${problem?.detail})`))}`,
    [...grants.slice(0, 5), 'docs/layers.md has what is served how'].join('; '),
  );
}

async function mapsFindings(db: Database, catalog: Catalog, config: Config, maps: Maps): Promise<Finding[]> {
  const choropleths = new Choropleths(maps, '');
  await choropleths.resolve(db, catalog);
  const check = new MapsCheck();
  const pyramids = { problem: (layer: Layer) => pyramidProblem(layer, maps) };
  const grids = new Grids(db, maps);
  await grids.resolve();
  const liveMaps = new LiveMaps(maps, readMaps);
  await check.check({ db, catalog, choropleths, pyramids, grids, liveMaps, config, observe: () => {} });
  if (check.problems.length === 0)
    return [
      ok(
        'maps.yaml',
        `it fits the database; region sets: ${Object.keys(maps.regions).length}, choropleths: ${choropleths.all().length}`,
      ),
    ];
  return check.problems.map((problem) => warning('maps.yaml', problem, 'correct the entry, or the database'));
}

function pyramidProblem(layer: Layer, maps: Maps): string | undefined {
  const pyramid = maps.layers[layer.id]?.pyramid;
  if (!pyramid || layer.type !== 'table' || layer.problem) return undefined;
  const definition = definePyramid(layer, pyramid);
  return typeof definition === 'string' ? definition : undefined;
}

async function indexFindings(db: Database, layers: readonly Layer[], maps: Maps): Promise<Finding[]> {
  const slow = layers.filter((layer): layer is TableLayer => layer.type === 'table' && wantsIndex(layer));
  const found = [
    ...(slow.length > 0 ? [spatialFinding(slow)] : []),
    ...(await lookAtInvalidIndexes(db)),
    await lookAtViewIndexes(db, refreshTargets(maps)),
  ];
  const wrong = found.filter(({ status }) => status !== 'ok');
  return wrong.length > 0 ? wrong : [ok('indexes', 'those that are needed are there')];
}

const spatialFinding = (layers: readonly TableLayer[]): Finding =>
  warning(
    'indexes',
    `no spatial index on ${some(layers.map(relationName))}`,
    'chorograph optimize has the statements; --apply runs them',
  );

async function lookAtInvalidIndexes(db: Database): Promise<Finding[]> {
  const invalid = await db.run<{ name: string; statement: string }>(sqlFile('doctor/invalid-indexes.sql'));
  if (invalid.length === 0) return [];
  const statements = invalid.map(({ statement }) => statement).slice(0, 5);
  return [
    warning(
      'indexes',
      `given up halfway: ${some(invalid.map(({ name }) => name))}`,
      `${statements.join('; ')}; then make them again`,
    ),
  ];
}

/** -1: never analysed, so it may have any number of rows. */
const wantsIndex = ({ kind, geometry, estimatedRows, problem }: TableLayer): boolean =>
  (kind === 'table' || kind === 'materialized view') &&
  !problem &&
  !geometry.hasIndex &&
  !geometry.hasProjectedIndex &&
  estimatedRows >= FEW_ROWS;

async function trackingFindings(db: Database): Promise<Finding[]> {
  let rows: { relation: string; lost: string | null }[];
  try {
    rows = await db.run(sqlFile('catalog/tracking.sql'));
  } catch {
    return [
      ok(
        'tracking',
        'no table is tracked: there is no schema chorograph to do it, and changes are found by polling',
      ),
    ];
  }
  const lost = rows.filter((row) => row.lost !== null);
  if (lost.length === 0) return [ok('tracking', `relations that tell their changes: ${rows.length}`)];
  return lost.map(({ relation, lost: reason }) => {
    const [said = '', ...advice] = reason!.split(': ');
    const what = advice.length > 0 ? advice.join(': ') : `select chorograph.track('${relation}')`;
    return warning('tracking', `${relation}: ${said}; changes are found by polling`, what);
  });
}
