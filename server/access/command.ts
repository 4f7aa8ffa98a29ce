import { Catalog, type CatalogMaps } from '../catalog/catalog.ts';
import type { CatalogConfig } from '../catalog/settings.ts';
import type { Command } from '../command.ts';
import { policyProblems, type PolicyMaps } from './policies.ts';
import { advice, undecided } from './undecided.ts';

/** `chorograph access`: who may see which layer, which look like data about persons, and what policies do not cover. */
export const accessCommand: Command<CatalogConfig, CatalogMaps & PolicyMaps> = {
  name: 'access',
  summary: 'tells who may see which layer, and which look like data about persons',
  declare: (parser, tools) => {
    parser.option('--json', 'as JSON').action(async ({ json }: { json?: true }) => {
      const { database } = await tools.database();
      const maps = await tools.servedMaps(database);
      const { schemas, defaultSrid } = tools.config();
      const catalog = new Catalog(database, maps, { schemas, defaultSrid }, () => {});
      await catalog.reload();
      const findings = undecided({ catalog, maps });
      const layers = catalog.all().map(({ id, access = 'public' }) => ({ id, access }));
      const problems = await policyProblems(database, catalog.all(), maps);
      if (json) return tools.print(JSON.stringify({ layers, findings, problems }));
      for (const { id, access } of layers) tools.print(`${id}  ${access}`);
      for (const problem of problems) tools.print(problem);
      if (findings.length > 0) tools.print(`\n${advice(findings, maps)}`);
      if (findings.length + problems.length === 0) return;
      process.exitCode = 2;
    });
  },
};
