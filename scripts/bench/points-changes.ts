import type pg from 'pg';
import type { Context } from '../../server/context.ts';
import { median, ms, table } from './report.ts';

const LAYER = 'bench_points';
/** Rows that are changed at once. */
const CHANGED = 100;
const RUNS = 5;
const REST_MS = 3_000;
const PATIENCE_MS = 60_000;
const WRITES = 30;

/** How long a change takes to show in tiles, and what was done for it, beside a build of all points. */
export async function reportChanges(ctx: Context, client: pg.Client): Promise<void> {
  const { pyramids, catalog } = ctx;
  const build = () => pyramids.of(catalog.layer(LAYER))?.build;
  const shown: number[] = [];
  const wrote: number[] = [];
  const first = build();
  const wholeMs = first?.buildMs ?? 0;
  for (let run = 1; run <= RUNS; run++) {
    const { rows } = await client.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
    // So that it is not the rest after the one before that is measured.
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const expected = (build()?.points ?? 0) + CHANGED;
    await client.query(
      `insert into bench_points select 800000000 + ${run} * ${CHANGED} + id, category, score, name, geom
        from bench_points where id <= ${CHANGED}`,
    );
    const committed = performance.now();
    while (build()?.points !== expected) {
      if (performance.now() - committed > PATIENCE_MS) throw new Error('the change does not show');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    shown.push(performance.now() - committed);
    const written = await client.query<{ n: number }>(
      `select count(*)::int as n from chorograph.${build()?.table} where xmin::text::int8 > $1`,
      [rows[0]?.xid],
    );
    wrote.push(written.rows[0]?.n ?? 0);
  }
  const same = build()?.table === first?.table;
  table(`${CHANGED} rows come, five times`, [
    ['changed', 'cells written', 'of all', 'until cells show it', 'a whole build'],
    [
      String(CHANGED),
      same ? String(median(wrote)) : 'all, made anew',
      String(build()?.cells),
      ms(median(shown)),
      ms(wholeMs),
    ],
  ]);
}

/** What the triggers cost who writes: in turns, rolled back. Ends what the pyramid knows of changes, so it comes last. */
export async function reportWriter(client: pg.Client): Promise<void> {
  const rows = [['rows', 'insert without', 'with', 'update without', 'with']];
  for (const count of [1, CHANGED, 10_000]) {
    const insert = `insert into bench_points select id + 900000000, category, score, name, geom from bench_points where id <= ${count}`;
    const update = `update bench_points set geom = st_translate(geom, 0.001, 0) where id <= ${count}`;
    const cells = [String(count)];
    for (const statement of [insert, update]) {
      const took = { off: [] as number[], on: [] as number[] };
      const runs = count > CHANGED ? WRITES / 6 : WRITES;
      for (let run = 0; run < runs; run++) {
        for (const mode of ['off', 'on'] as const) took[mode].push(await writing(client, statement, mode));
      }
      cells.push(ms(median(took.off)), ms(median(took.on)));
    }
    rows.push(cells);
  }
  table(
    'What it costs who writes: a tracked table without and with the triggers that keep changed rows',
    rows,
  );
}

async function writing(client: pg.Client, statement: string, mode: 'on' | 'off'): Promise<number> {
  await client.query('begin');
  try {
    if (mode === 'off') {
      for (const event of ['insert', 'update', 'delete'])
        await client.query(`alter table bench_points disable trigger chorograph_captured_${event}`);
    }
    const started = performance.now();
    await client.query(statement);
    return performance.now() - started;
  } finally {
    await client.query('rollback');
  }
}
