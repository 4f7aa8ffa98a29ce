import { Catalog, type CatalogMaps } from '../../catalog/catalog.ts';
import type { CatalogConfig } from '../../catalog/settings.ts';
import type { Command } from '../../command.ts';
import { Generations } from '../../generations/generations.ts';
import type { PyramidMaps } from './maps.ts';
import { Pyramids, type Pyramid } from './pyramids.ts';

/** `chorograph pyramid [layer …] [--force]`: builds the pyramids of `maps.yaml` that are missing or old. */
export const pyramidCommand: Command<CatalogConfig, CatalogMaps & PyramidMaps> = {
  name: 'pyramid',
  summary: 'builds the pyramids of dense points that are missing or older than their source',
  declare: (parser, tools) => {
    parser
      .argument('[layer...]', 'ids of layers; all that maps.yaml gives a pyramid where none is named')
      .option('--force', 'also those that are up to date')
      .option('--json', 'as JSON')
      .action(async (named: string[], { force = false, json }: { force?: boolean; json?: true }) => {
        const { database: db } = await tools.database();
        const maps = await tools.servedMaps(db);
        const generations = new Generations(db, () => {});
        generations.enableTracking();
        const { schemas, defaultSrid } = tools.config();
        const catalog = new Catalog(db, maps, { schemas, defaultSrid }, () => {});
        const pyramids = new Pyramids({
          db,
          maps,
          generations,
          background: false,
          observe: (event) => {
            if (event.type === 'pyramid.building') tools.progress(`${event.layer}: ${event.step}`);
          },
        });
        await generations.poll();
        await catalog.reload();
        await pyramids.resolve(catalog);
        const built: object[] = [];
        for (const layer of catalog.all().filter(({ id }) => named.length === 0 || named.includes(id))) {
          const problem = pyramids.problem(layer);
          if (problem === undefined && !pyramids.of(layer)) continue;
          const outcome = problem === undefined ? await pyramids.build(layer.id, { force }) : 'refused';
          const build = pyramids.of(layer)?.build;
          built.push({ layer: layer.id, outcome, problem, ...build });
          if (problem !== undefined) process.exitCode = 1;
          if (!json) tools.print(`${layer.id}: ${problem ?? `${outcome}; ${describe(build)}`}`);
        }
        if (json) tools.print(JSON.stringify(built));
        else if (built.length === 0) tools.print('no layer that is named has a pyramid in maps.yaml');
      });
  },
};

function describe(build: Pyramid['build']): string {
  return `${build?.points} points in ${build?.cells} cells, ${build?.leftOut} left out (${build?.buildMs} ms)`;
}
