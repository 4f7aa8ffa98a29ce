import type { Geometry } from 'geojson';
import { readGeometry } from '../../catalog/geojson.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { readApart } from '../../db/connections/apart.ts';
import type { SessionPlan } from '../../db/connections/session.ts';
import type { Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { answerJobs } from '../../tools/thread-worker.ts';
import { atOnce } from '../../tools/turns.ts';
import { indexTopology, type TileIndexOptions } from '../cutting/tile-index.ts';
import {
  packLayer,
  packValues,
  unpackValues,
  type LayerHead,
  type LayerParts,
} from '../snapshots/layer-file.ts';
import type { Packed, Sections } from '../snapshots/pack.ts';
import { PROOF_TIMEOUT_MS, type ProofRow } from '../snapshots/proof.ts';
import { writeWhole, type Destination } from '../snapshots/write-whole.ts';
import { buildTopology } from '../topology/topology.ts';
import { readRows, type ReadRows } from './cursor.ts';
import { attributeTable, idsOf, isKeptEncoded } from './table.ts';

/** Reads a layer; ends that; writes its file; hands it over; forgets it. */
export type ReadingJob = { readonly load: number } & (
  | { readonly read: Order }
  | { readonly stop: true }
  | { readonly write: Destination & { readonly key: string } }
  | { readonly handOver: true }
  | { readonly drop: true }
);

/** All that is needed to read a layer. */
export interface Order {
  readonly session: SessionPlan;
  /** The cursor of its rows, and what is asked at the same moment, for what it is kept by. */
  readonly cursor: Sql;
  readonly proof: Sql | undefined;
  readonly layer: Pick<TableLayer, 'key'>;
  /** Names of the columns, in the order that they have in the query. */
  readonly columns: readonly string[];
  readonly index: TileIndexOptions;
}

/** What is said of a layer that was read. */
export type Said = Pick<ReadRows, 'rows' | 'stamp'> & { readonly proof: ProofRow | undefined };

/** What a job gives: a layer that is read, whether it was written, or the layer itself. */
export type ReadingResult = Said | boolean | Packed<LayerHead> | undefined;

interface Loaded {
  readonly columns: readonly string[];
  readonly values: Sections;
  readonly parts: LayerParts;
}

const loads = new Map<number, Loaded>();
const running = new Map<number, AbortController>();

answerJobs(async (job: ReadingJob): Promise<ReadingResult> => {
  if ('read' in job) return read(job.load, job.read);
  if ('stop' in job) running.get(job.load)?.abort();
  if ('drop' in job) loads.delete(job.load);
  if ('stop' in job || 'drop' in job) return undefined;
  const loaded = loads.get(job.load);
  if (!loaded) throw new Error('the thread was lost, and the layer with it');
  const packed = (key: string): Packed<LayerHead> =>
    packLayer(key, loaded.columns, loaded.values, loaded.parts);
  return 'write' in job ? writeWhole(packed(job.write.key), job.write) : packed('');
}, buffersOf);

async function read(load: number, order: Order): Promise<Said> {
  const { session, proof, columns: names, layer } = order;
  const geometries: (Geometry | null)[] = [];
  const controller = new AbortController();
  running.set(load, controller);
  const how = { name: 'chorograph layer', signal: controller.signal };
  const { columns, ...said } = await readApart(session, how, async (tx) => {
    const work = { cursor: order.cursor, columns: names.length };
    const rows = await readRows(tx, work, (texts) => {
      for (const text of texts) geometries.push(readGeometry(text));
    });
    return { ...rows, proof: proof && (await proven(tx, proof)) };
  }).finally(() => running.delete(load));
  const packed = atOnce(packValues(new Map(names.map((name, i) => [name, columns[i] ?? []]))));
  const topology = buildTopology(geometries, order.index);
  const made = indexTopology(topology, order.index).made();
  const rows = { values: unpackValues({ columns: names }, packed), rows: said.rows };
  const encoded = isKeptEncoded(rows)
    ? attributeTable(layer, { ...rows, ids: idsOf(layer, rows.values) }).encoded()
    : undefined;
  loads.set(load, { columns: names, values: packed, parts: { topology, made, encoded } });
  return said;
}

/** A layer whose proof cannot be had is not kept. */
async function proven(tx: Queryable, proof: Sql): Promise<ProofRow | undefined> {
  const rows = await tx.run<ProofRow>(proof, { timeoutMs: PROOF_TIMEOUT_MS }).catch(() => []);
  return rows[0];
}

/** What is handed over is not copied. Small texts are a part of memory that others have, too. */
function buffersOf(result: ReadingResult): ArrayBuffer[] {
  if (typeof result !== 'object' || !('sections' in result)) return [];
  const whole = Object.values(result.sections).filter(
    ({ buffer, byteLength }) => buffer.byteLength === byteLength,
  );
  return [...new Set(whole.map(({ buffer }) => buffer as ArrayBuffer))];
}
