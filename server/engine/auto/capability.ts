import type { Capability, Check, Running } from '../../capability.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Database } from '../../db/types.ts';
import type { Generations } from '../../generations/generations.ts';
import { tells, type Handlers, type Observe } from '../../observe/events.ts';
import type { Instruments } from '../../observe/instruments.ts';
import { keptFor } from '../../tools/kept.ts';
import { AutoBuilder } from './builder.ts';
import { autoCheck } from './health.ts';
import type { AutoEvent } from './job.ts';
import { autoMaps, type AutoMaps } from './maps.ts';
import { readRecords } from './record.ts';
import { autoSettings, type AutoConfig } from './settings.ts';

interface AutoNeeds {
  readonly config: AutoConfig;
  readonly db: Database;
  readonly maps: AutoMaps;
  readonly generations: Generations;
  readonly observe: Observe<AutoEvent>;
}

interface AutoContext extends AutoNeeds {
  readonly auto: AutoBuilder;
  readonly catalog: Catalog;
}

/** Seconds: from a small layer to one that takes half an hour. */
const BUCKETS = [0.5, 1, 5, 15, 60, 300, 900, 1800];
/** One look at the database serves all that one scrape asks for. */
const KEPT_MS = 1_000;

/** What the server makes by itself of layers too large for memory, behind the scenes. */
export const auto = {
  name: 'auto',
  settings: autoSettings,
  maps: autoMaps,
  events: tells<AutoEvent>({
    'auto.building': 'info',
    'auto.built': 'info',
    'auto.followed': 'debug',
    'auto.removed': 'info',
    'auto.failed': 'warn',
    'auto.unable': 'warn',
  }),
  migrations: [
    '0062_auto',
    '0064_captures',
    '0066_auto_relations',
    '0068_types_of_captures',
    '0070_texts_of_captures',
  ],

  services: (needs: AutoNeeds): { readonly auto: AutoBuilder } => ({ auto: new AutoBuilder(needs) }),

  metrics: (instruments: Instruments, { db }: AutoContext): Handlers<AutoEvent> => {
    const builds = instruments.counter(
      'auto_builds_total',
      'Pyramids and generalized copies that the server made by itself',
      ['kind', 'outcome'],
    );
    const seconds = instruments.histogram(
      'auto_build_duration_seconds',
      'Time to make them',
      ['kind'],
      BUCKETS,
    );
    const rows = instruments.counter(
      'auto_followed_rows_total',
      'Changed rows that they took in without being made of all rows',
      ['kind'],
    );
    const records = keptFor(KEPT_MS, () => readRecords(db).catch(() => []));
    instruments.labelled('auto_bytes', 'Disk that they take', 'kind', async () => {
      const sums = new Map<string, number>();
      for (const { kind, bytes } of await records()) sums.set(kind, (sums.get(kind) ?? 0) + bytes);
      return [...sums];
    });
    return {
      'auto.built': ({ kind, ms }) => {
        builds.inc({ kind, outcome: 'built' });
        seconds.observe({ kind }, ms / 1000);
      },
      'auto.followed': ({ kind, changed }) => {
        builds.inc({ kind, outcome: 'followed' });
        rows.inc({ kind }, changed);
      },
      'auto.failed': ({ kind }) => builds.inc({ kind, outcome: 'failed' }),
      'auto.unable': ({ kind }) => builds.inc({ kind: kind ?? 'any', outcome: 'unable' }),
    };
  },

  checks: { auto: async (ctx: AutoContext): Promise<Check> => ({ ...(await autoCheck(ctx)) }) },

  start: ({ auto }: AutoContext, { releasers }: Running): void =>
    releasers.push('automatic builds', () => auto.stop()),

  startWriting: ({ auto }: AutoContext, _running: Running): void => auto.start(),
} satisfies Capability;
