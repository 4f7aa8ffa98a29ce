import { parseArgs } from 'node:util';

/** A tile server to measure: any that has a URL template with {z}, {x} and {y}. */
export interface Peer {
  name: string;
  template: string;
  /** Its process, where that is ours to look at. */
  pid?: number;
}

export interface SuiteOptions {
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
  [--peer [counties|points|villages:]name=http://host/{z}/{x}/{y}.pbf]… [--json FILE] [--svg FILE]
Peers serve the tables bench_counties, bench_points, bench_villages (EPSG:3857) of the database that is printed.`;

/** @throws Error with the usage where an argument cannot be read. */
export function readOptions(args: readonly string[]): SuiteOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: 'string', default: '200000' },
      villages: { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '8' },
      peer: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  return {
    points: whole('points', values.points, 0, 10_000_000),
    villages: whole('villages', values.villages, 0, 200_000),
    seconds: whole('seconds', values.seconds, 1, 60),
    concurrency: whole('concurrency', values.concurrency, 1, 64),
    peers: values.peer.map(readPeer),
    json: values.json,
    svg: values.svg,
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}\n${USAGE}`);
}

function readPeer(text: string): { dataset: string; peer: Peer } {
  const match = /^(?:(counties|points|villages):)?([\w.-]+)=(https?:\/\/.+)$/.exec(text);
  const [, dataset = 'counties', name = '', template = ''] = match ?? [];
  const complete = ['{z}', '{x}', '{y}'].every((part) => template.includes(part));
  if (!match || !complete) throw new Error(`--peer ${text} is not name=URL with {z}, {x} and {y}\n${USAGE}`);
  const { hostname } = new URL(template.replaceAll(/[{}]/g, ''));
  // Load goes to this machine only.
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    throw new Error(`--peer ${name}: only loopback addresses are measured`);
  return { dataset, peer: { name, template } };
}
