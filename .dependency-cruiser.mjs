import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `npm run lint` holds imports to, types included: no circles, no import from a lower floor to a higher one,
 * and no capability that imports another but for what that has made public. The floors are those of scripts/structure/floors.json, the highest first: a
 * file is on the first that names it.
 */
const floors = JSON.parse(readFileSync(join(import.meta.dirname, 'scripts/structure/floors.json'), 'utf8'));
/** What is a capability's own, by its folder. */
const CAPABILITY = floors[1].files[1].replace('[^/]+/', '([^/]+)/');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...floors.slice(1).map(({ name, files }, i) => {
      const above = floors.slice(0, i + 1).flatMap((floor) => floor.files);
      return {
        name: `${name}-imports-nothing-above-it`,
        severity: 'error',
        from: { path: files, pathNot: above },
        to: { path: above },
      };
    }),
    {
      name: 'capabilities-leave-each-others-files-alone',
      comment:
        'but for its public.ts; else ask for the few methods that are used by an interface of your own',
      severity: 'error',
      from: { path: CAPABILITY },
      to: { path: CAPABILITY, pathNot: ['^server/$1/', '/public\\.ts$'] },
    },
    {
      name: 'the-explorer-shares-pure-code-alone',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(server|scripts)/', pathNot: '^server/choropleth/(classify|color|labels)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(server|web/src)/',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
