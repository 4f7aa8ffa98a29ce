import { projectPath } from '../../../server/tools/paths.ts';
import { startProcess, startServerProcess } from '../server-process.ts';
import type { Peer } from './options.ts';

export interface Servers {
  /** The baseline, then ours. */
  peers: readonly (Peer & { pid: number })[];
  stop(): Promise<void>;
}

/** Our server and the baseline, both started now, each in a process of its own. */
export async function startServers(
  databaseUrl: string,
  table: string,
  connections: number,
): Promise<Servers> {
  const script = projectPath('scripts', 'bench', 'suite', 'baseline.ts');
  const baseline = await startProcess(['--import', 'tsx', script, databaseUrl, String(connections)]);
  try {
    const ours = await startServerProcess({ DATABASE_URL: databaseUrl });
    return {
      peers: [
        {
          name: 'ST_AsMVT through pg',
          template: `${baseline.url}/${table}/{z}/{x}/{y}`,
          pid: baseline.pid,
        },
        { name: 'chorograph', template: `${ours.url}/tiles/${table}/{z}/{x}/{y}.mvt`, pid: ours.pid },
      ],
      stop: async () => {
        await Promise.all([baseline.stop(), ours.stop()]);
      },
    };
  } catch (error) {
    await baseline.stop();
    throw error;
  }
}
