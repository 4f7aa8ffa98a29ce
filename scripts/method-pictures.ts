import { mkdirSync, writeFileSync } from 'node:fs';
import { METHODS, type Method } from '../server/choropleth/classify/index.ts';
import { projectPath } from '../server/tools/paths.ts';

/**
 * `npx tsx scripts/method-pictures.ts [http://…]`: the pictures of docs/choropleths.md, one for each method,
 * drawn by a running server with the demo data. Small, as they are kept in the repository.
 */
const [base = `http://127.0.0.1:${process.env.PORT || '3000'}`] = process.argv.slice(2);
const SIZE = { width: '400', height: '300' };
const OWN: Partial<Record<Method, Record<string, string>>> = {
  manual: { breaks: '4,8,12,16' },
  boxplot: {},
};

const folder = projectPath('docs', 'methods');
mkdirSync(folder, { recursive: true });
for (const method of METHODS) {
  const query = new URLSearchParams({ method, ...(OWN[method] ?? { classes: '5' }), ...SIZE });
  const answer = await fetch(`${base}/gis/choropleth/us-unemployment/map.png?${query.toString()}`);
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${await answer.text()}`);
  const picture = Buffer.from(await answer.arrayBuffer());
  writeFileSync(`${folder}/${method}.png`, picture);
  console.log(`${method}.png  ${Math.round(picture.length / 1000)} kB`);
}
