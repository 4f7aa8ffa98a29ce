import { createRequire } from 'node:module';
import { createTemplate } from '../../server/db/embedded/index.ts';
import { projectPath } from '../../server/tools/paths.ts';

/** A prepared database, made once per version of PostGIS in WebAssembly and copied by every test. */
export async function templateDir(): Promise<string> {
  const require = createRequire(import.meta.url);
  const version = (name: string) =>
    (require(projectPath('node_modules', '@electric-sql', name, 'package.json')) as { version: string })
      .version;
  const name = `template-${version('pglite')}-${version('pglite-postgis')}`;
  const folder = projectPath('.chorograph', name, 'db');
  await createTemplate(folder);
  return folder;
}
