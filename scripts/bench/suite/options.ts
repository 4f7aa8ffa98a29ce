import { parseArgs } from 'node:util';
import { listenerOf } from './listener.ts';

/** A tile server to measure: any that has a URL template with {z}, {x} and {y}. */
export interface Peer {
  name: string;
  template: string;
  /** Its process, where that is ours to look at. */
  pid?: number | undefined;
}

export interface SuiteOptions {
  /** Where peers find the data, too; the suite starts a PostgreSQL of its own without it. */
  database: string | undefined;
  /** Only make the data, so that peers can be started on it. */
  prepare: boolean;
  points: number;
  /** Polygons made by splitting counties, about as many as a country has villages. */
  villages: number;
  /** Seconds that each timed scenario runs at most. */
  seconds: number;
  /** Requests under way at once. */
  concurrency: number;
  /** Peers by the data set that their template serves. */
  peers: { dataset: string; peer: Peer }[];
  json: string | undefined;
  svg: string | undefined;
}

export const USAGE = `usage: npm run bench -- suite [--points 200000] [--villages 20000] [--seconds 5] [--concurrency 8]
  [--json FILE] [--svg FILE]
  with other servers: --database postgres://… [--prepare] [--peer name=http://127.0.0.1:PORT/{table}/{z}/{x}/{y}]…
Peers serve the tables bench_counties, bench_points and bench_villages (column geom, EPSG:3857) of that database, which
must have PostGIS and be the suite's alone. --prepare makes them and ends, so that peers can be started; a run finds them
as they are. {table} stands for each table in turn; points:name=… is a peer of one data set.`;

/** @throws Error with the usage where an argument cannot be read. */
export function readOptions(args: readonly string[]): SuiteOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      database: { type: 'string' },
      prepare: { type: 'boolean', default: false },
      points: { type: 'string', default: '200000' },
      villages: { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '8' },
      peer: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      svg: { type: 'string' },
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
    concurrency: whole('concurrency', values.concurrency, 1, 64),
    peers: values.peer.flatMap(readPeer),
    json: values.json,
    svg: values.svg,
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}\n${USAGE}`);
}

const DATASETS = ['counties', 'points', 'villages'];

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
