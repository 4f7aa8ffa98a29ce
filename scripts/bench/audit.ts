import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { record } from '../../server/audit/writing/record.ts';
import type { AuditEvent } from '../../server/audit/types.ts';
import { verifyAudit } from '../../server/audit/chain/verify.ts';
import { readConfig } from '../../server/config.ts';
import { migrate } from '../../server/db/migrate.ts';
import { openDatabase } from '../../server/db/connections/open.ts';
import type { Database } from '../../server/db/types.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import pg from 'pg';
import { ms, percentile, table } from './report.ts';

/** Events a second, for so long. */
const RATE = 10_000;
const SECONDS = 10;
/** As the server writes them: what was noted is written together, by several processes. */
const BATCH = 200;
const WRITERS = 4;
const SINGLE_MS = 3_000;
const FLAT_OUT_MS = 5_000;

/** `npm run bench -- audit`: 10,000 events a second into the audit log, and whether it is whole then. */
export async function benchAudit(databaseUrl: string): Promise<void> {
  const releasers = new Releasers();
  try {
    const config = readConfig({ DATABASE_URL: databaseUrl });
    const { database, connection } = await openDatabase(
      config,
      pino({ level: 'silent' }),
      releasers,
      () => {},
    );
    const client = new pg.Client(connection);
    await client.connect();
    await migrate(client, { direction: 'up' });
    await client.end();
    await measure(database);
  } finally {
    await releasers.run();
  }
}

async function measure(db: Database): Promise<void> {
  const paced = await inPace(db);
  const most = await flatOut(db);
  const single = await oneByOne(db);
  const begun = performance.now();
  const { rows, faults } = await verifyAudit(db, { key: undefined });
  const verifyS = (performance.now() - begun) / 1000;
  table(
    `Audit log: ${RATE} events a second for ${SECONDS} s, ${WRITERS} writers, ${BATCH} in a transaction`,
    [
      ['what', 'events/s', 'p50', 'p99'],
      [
        'in pace',
        perSecond(paced.events, paced.seconds),
        ms(percentile(paced.times, 50)),
        ms(percentile(paced.times, 99)),
      ],
      ['as many as there can be', perSecond(most, FLAT_OUT_MS / 1000), '', ''],
      [
        'one in a transaction',
        perSecond(single.length, SINGLE_MS / 1000),
        ms(percentile(single, 50)),
        ms(percentile(single, 99)),
      ],
      ['verified', perSecond(rows, verifyS), '', ''],
      [`whole: ${faults.length === 0 ? 'yes' : `no, ${faults.length} faults`}`, `${rows} rows`, '', ''],
    ],
  );
  if (faults.length > 0) process.exitCode = 1;
}

const perSecond = (events: number, seconds: number): string =>
  Math.round(events / seconds).toLocaleString('en');

/** Writers that each send a batch when it is time for it; a database that is too slow makes them late. */
async function inPace(db: Database): Promise<{ events: number; seconds: number; times: number[] }> {
  const everyMs = (1000 * BATCH * WRITERS) / RATE;
  const batches = (RATE * SECONDS) / BATCH / WRITERS;
  const times: number[] = [];
  const begun = performance.now();
  const write = async (writer: number): Promise<void> => {
    for (let batch = 0; batch < batches; batch++) {
      const due = begun + batch * everyMs + (writer * everyMs) / WRITERS;
      await sleep(Math.max(0, due - performance.now()));
      await record(db, ...Array.from({ length: BATCH }, (_, i) => eventOf(`${writer}-${batch}-${i}`)));
      times.push(performance.now() - due);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  return { events: RATE * SECONDS, seconds: (performance.now() - begun) / 1000, times };
}

/** The same writers without waiting: how far the pace is from the end. */
async function flatOut(db: Database): Promise<number> {
  let events = 0;
  const end = performance.now() + FLAT_OUT_MS;
  const write = async (): Promise<void> => {
    while (performance.now() < end) {
      await record(db, ...Array.from({ length: BATCH }, (_, i) => eventOf(`${events}-${i}`)));
      events += BATCH;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return events;
}

async function oneByOne(db: Database): Promise<number[]> {
  const times: number[] = [];
  for (const end = performance.now() + SINGLE_MS; performance.now() < end;) {
    const begun = performance.now();
    await db.transaction((tx) => record(tx, eventOf('alone')));
    times.push(performance.now() - begun);
  }
  return times;
}

const eventOf = (name: string): AuditEvent => ({
  severity: 'warning',
  action: 'key.refused',
  actor: 'anonymous',
  object: 'route:refresh',
  outcome: 'refused',
  address: 'abcdefghijklmnop',
  note: `not valid: ${name}`,
});
