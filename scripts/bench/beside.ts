import { join, resolve } from 'node:path';
import { createDatabase } from '../../test/support/cluster.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { measure, startOurs, type Measured, type Running } from './cached.ts';
import { seedCounties } from './growth.ts';
import { median, table } from './report.ts';

const TILE = '/tiles/us_counties/9/136/200.mvt';

/**
 * One cached tile of this build and of that in another folder, in turns on the same machine, each over a database of
 * its own. Both must be built (`npm run build`).
 */
export async function benchBeside(
  databaseUrl: string,
  folder: string,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<void> {
  const second = await createDatabase(databaseUrl, 'chorograph_beside');
  const started: Running[] = [];
  try {
    for (const [url, root] of [
      [databaseUrl, projectPath()],
      [second, resolve(folder)],
    ] as const) {
      await seedCounties(url);
      started.push(
        await startOurs(url, { CHOROGRAPH_DEMO: 'false' }, [join(root, 'dist', 'server', 'main.js')]),
      );
    }
    const all: Measured[][] = started.map(() => []);
    for (const server of started) await measure(server, TILE, seconds); // to be compiled
    for (let round = 0; round < rounds; round++) {
      // Whoever is first in a round is second in the next.
      const turns = round % 2 === 0 ? [0, 1] : [1, 0];
      for (const i of turns) all[i]!.push(await measure(started[i]!, TILE, seconds));
    }
    const ratios = (what: keyof Measured): number[] => all[0]!.map((one, i) => one[what] / all[1]![i]![what]);
    const percent = (of: readonly number[]): string => `${((median(of) - 1) * 100).toFixed(1)} %`;
    const row = (label: string, measured: readonly Measured[]): string[] => [
      label,
      median(measured.map(({ rate }) => rate)).toFixed(0),
      `${median(measured.map(({ cpu }) => cpu)).toFixed(1)} µs`,
    ];
    table(`One cached tile of two builds in turns, medians of ${rounds} rounds of ${seconds} s`, [
      ['', 'requests/s', 'CPU/request'],
      row('this one', all[0]!),
      row(folder, all[1]!),
      ['difference, round by round', percent(ratios('rate')), percent(ratios('cpu'))],
    ]);
  } finally {
    for (const { child } of started) child.kill('SIGTERM');
  }
}
