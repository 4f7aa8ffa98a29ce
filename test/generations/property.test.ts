import assert from 'node:assert/strict';
import type { Database } from '../../server/db/types.ts';
import { CHANNEL } from '../../server/generations/generations.ts';
import { backend, newServer, onEmbedded, onPostgres } from '../support/environment.ts';
import { beginInstance, type Instance } from './instance.ts';
import { Random } from './random.ts';
import { differences, readAll, Witness, type Violation } from './witness.ts';
import { MAPS, POSTGRES_STEPS, SCHEMA, STEPS, TRACKED } from './world.ts';

/** Steps of a run, the same ones each time; more by TOKEN_STEPS, others by TOKEN_SEED. */
const COUNT = Number(process.env.TOKEN_STEPS ?? (backend === 'postgres' ? 12 : 4));
const SEED = Number(process.env.TOKEN_SEED ?? 761_816_066);
const SETTINGS = { CHOROGRAPH_PUBLIC_URL: 'http://maps.example', CHOROGRAPH_POOL_SIZE: '6' };
/** How a fresh instance may be set up: bytes that differ because of it need another name. */
const SETUPS: readonly Record<string, string>[] = [
  {},
  {},
  {},
  { CHOROGRAPH_TILE_BUFFER: '400' },
  { CHOROGRAPH_TILE_MAX_FEATURES: '2' },
  { CHOROGRAPH_DEFAULT_SRID: '3857' },
  { CHOROGRAPH_MEMORY_VERTICES: '0' },
];

interface World {
  database: Database;
  environment: Record<string, string>;
  /** Runs a step as a program of somebody's would; what fails, fails. */
  run(sql: string): Promise<void>;
  /** Another kind of step: of the server, not of its SQL. */
  upheaval?: ((random: Random) => Promise<string | undefined>) | undefined;
}

async function keepsPromises(world: World): Promise<void> {
  const random = new Random(SEED);
  const witness = new Witness();
  const steps = backend === 'postgres' ? [...STEPS, ...POSTGRES_STEPS] : STEPS;
  const begin = (settings: Record<string, string> = {}): Promise<Instance> =>
    beginInstance(world.database, { ...world.environment, ...SETTINGS, ...settings }, MAPS);
  let cached = await begin();
  const hearing = world.database.listen(CHANNEL, (payload) => cached.ctx.generations.notified(payload));
  const done: string[] = [];
  try {
    for (let i = 0; i < COUNT; i++) {
      const happened = await world.upheaval?.(random);
      const sql = happened ?? random.of(steps)(random);
      if (happened === undefined) await world.run(sql);
      done.push(sql.replaceAll(/\s+/g, ' '));
      if (random.chance(0.03)) {
        await cached.close();
        cached = await begin();
        done.push('-- the server is started anew');
      }
      const when = `step ${i}`;
      // Before it was told anything, too: then it may say what was, by its name, but not by another's.
      if (random.chance(0.3)) check(witness.note(await readAll(cached), `${when}, not told`), done);
      await cached.catchUp();
      const setup = random.of(SETUPS);
      const fresh = await begin(setup);
      try {
        const [old, now] = [await readAll(cached), await readAll(fresh)];
        check(witness.note(old, `${when}, cached`), done);
        check(witness.note(now, `${when}, fresh ${JSON.stringify(setup)}`), done);
        if (Object.keys(setup).length === 0) check(differences(old, now), done);
      } finally {
        await fresh.close();
      }
    }
  } finally {
    hearing();
    await cached.close();
  }
  const { etags, urls } = witness.size;
  assert.ok(
    etags > COUNT / 2 && urls > COUNT / 2,
    `${etags} ETags and ${urls} immutable URLs are too few to tell`,
  );
}

function check(violations: readonly Violation[], done: readonly string[]): void {
  const [first] = violations;
  if (!first) return;
  const last = done.slice(-25).map((sql) => `  ${sql}`);
  assert.fail(
    `seed ${SEED}, step ${done.length}: ${first.rule} at ${first.path}\n${first.detail}\n` +
      `${violations.length} such; the last steps:\n${last.join('\n')}`,
  );
}

describe('after anything that can happen to a database', function () {
  this.timeout(COUNT * 5_000 + 175_000);

  onEmbedded('on the embedded database', () => {
    it(`no ETag and no immutable URL stands for two contents, and no cache is behind (${COUNT} steps, seed ${SEED})`, async () => {
      const server = await newServer({ sql: SCHEMA, maps: MAPS });
      await server.run(TRACKED);
      await keepsPromises({
        database: server.ctx.db,
        environment: server.environment,
        run: async (sql) => {
          await server.run(sql).catch(() => server.run('rollback').catch(() => {}));
          // Counters are told at once, not after a pause.
          await server.run('select pg_stat_force_next_flush()');
          await server.run('select 1');
        },
      });
    });
  });

  onPostgres('on PostgreSQL', () => {
    it(`no ETag and no immutable URL stands for two contents, and no cache is behind (${COUNT} steps, seed ${SEED})`, async () => {
      const { PostgresWorld } = await import('./postgres-world.ts');
      const world = await PostgresWorld.begin([SCHEMA, TRACKED]);
      try {
        await keepsPromises(world);
      } finally {
        await world.end();
      }
    });
  });
});
