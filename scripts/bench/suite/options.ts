import { parseArgs } from 'node:util';
import { listenerOf } from './listener.ts';

/** A tile server to measure: any that has a URL template with {z}, {x} and {y}. */
export interface Peer {
  name: string;
  template: string;
  /** Its process, where that is ours to look at. */
  pid?: number | undefined;
}

const DATASETS = ['counties', 'points', 'villages'];

export interface SuiteOptions {
  /** Where peers find the data, too; the suite starts a PostgreSQL of its own without it. */
  database: string | undefined;
  /** Only make the data, so that peers can be started on it. */
  prepare: boolean;
  points: number;
  /** Polygons made by splitting counties, about as many as a country has villages. */
  villages: number;
  /** Seconds of each measurement. */
  seconds: number;
  /** How often each is made, all servers in turn. */
  rounds: number;
  /** Requests under way at once, one measurement for each number. */
  connections: number[];
  /** Data sets that are measured. */
  only: string[];
  /** WORKERS of ours; its default where undefined. */
  workers: string | undefined;
  /** Database connections that the baseline, Martin and tipg may open. */
  pool: number;
  /** Martin's program, and a Python that has tipg and uvicorn: the suite starts them. */
  martin: string | undefined;
  tipg: string | undefined;
  /** Peers by the data set that their template serves. */
  peers: { dataset: string; peer: Peer }[];
  json: string | undefined;
  svg: string | undefined;
  markdown: string | undefined;
}

export const USAGE = `usage: npm run bench -- suite [--points 200000] [--villages 20000] [--only counties,points,villages]
  [--connections 1,8,32,128] [--seconds 3] [--rounds 1] [--workers N|auto] [--json FILE] [--svg FILE] [--markdown FILE]
  with other servers: [--martin PROGRAM] [--tipg PYTHON] [--pool 8], which it starts; and any that runs already:
  --database postgres://… [--prepare] [--peer name=http://127.0.0.1:PORT/{table}/{z}/{x}/{y}]…
Peers serve the tables bench_counties, bench_points and bench_villages (column geom, EPSG:3857) of that database, which
must have PostGIS and be the suite's alone. --prepare makes them and ends, so that peers can be started; a run finds them
as they are. {table} stands for each table in turn; points:name=… is a peer of one data set. Their caches must be off.`;

/** @throws Error with the usage where an argument cannot be read. */
export function readOptions(args: readonly string[]): SuiteOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      database: { type: 'string' },
      prepare: { type: 'boolean', default: false },
      points: { type: 'string', default: '200000' },
      villages: { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '1' },
      connections: { type: 'string', default: '1,8,32,128' },
      only: { type: 'string', default: DATASETS.join() },
      workers: { type: 'string' },
      pool: { type: 'string', default: '8' },
      martin: { type: 'string' },
      tipg: { type: 'string' },
      peer: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      svg: { type: 'string' },
      markdown: { type: 'string' },
    },
  });
  const database = values.database ?? process.env.BENCH_DATABASE_URL;
  if (!database && (values.prepare || values.peer.length > 0))
    throw new Error(`--peer and --prepare need --database, which peers serve\n${USAGE}`);
  return {
    database,
    prepare: values.prepare,
    points: whole('points', values.points, 0, 10_000_000),
    villages: whole('villages', values.villages, 0, 200_000),
    seconds: whole('seconds', values.seconds, 1, 60),
    rounds: whole('rounds', values.rounds, 1, 20),
    connections: values.connections.split(',').map((text) => whole('connections', text, 1, 1_000)),
    only: readOnly(values.only),
    workers: readWorkers(values.workers),
    pool: whole('pool', values.pool, 1, 100),
    martin: values.martin,
    tipg: values.tipg,
    peers: values.peer.flatMap(readPeer),
    json: values.json,
    svg: values.svg,
    markdown: values.markdown,
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}\n${USAGE}`);
}

function readOnly(text: string): string[] {
  const names = text.split(',');
  if (names.every((name) => DATASETS.includes(name))) return names;
  throw new Error(`--only takes ${DATASETS.join(', ')}\n${USAGE}`);
}

function readWorkers(text: string | undefined): string | undefined {
  return text === undefined || text === 'auto' ? text : String(whole('workers', text, 1, 256));
}

/** One peer for each data set that its template serves. */
function readPeer(text: string): { dataset: string; peer: Peer }[] {
  const match = /^(?:(counties|points|villages):)?([\w.-]+)=(https?:\/\/.+)$/.exec(text);
  const [, only, name = '', template = ''] = match ?? [];
  const complete = ['{z}', '{x}', '{y}'].every((part) => template.includes(part));
  if (!match || !complete) throw new Error(`--peer ${text} is not name=URL with {z}, {x} and {y}\n${USAGE}`);
  if (!only && !template.includes('{table}'))
    throw new Error(`--peer ${name}: which data set? points:${name}=… or {table} in its URL\n${USAGE}`);
  const { hostname, port } = new URL(template.replaceAll(/[{}]/g, ''));
  // Load goes to this machine only.
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    throw new Error(`--peer ${name}: only loopback addresses are measured`);
  const pid = listenerOf(Number(port));
  return (only ? [only] : DATASETS).map((dataset) => ({
    dataset,
    peer: { name, template: template.replace('{table}', `bench_${dataset}`), pid },
  }));
}
