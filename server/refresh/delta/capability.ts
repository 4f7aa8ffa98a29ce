import { deltaCommand } from './command.ts';
import type { Capability, Running } from '../../capability.ts';
import { tells, type Handlers } from '../../observe/events.ts';
import type { Instruments } from '../../observe/instruments.ts';
import type { RefreshConfig } from '../settings.ts';
import type { DeltaEvent } from './events.ts';
import { startFolding, type FoldingContext } from './loop.ts';

interface DeltaContext extends FoldingContext {
  readonly config: RefreshConfig;
  readonly liveMaps: { onChange(handler: () => void | Promise<void>): void };
}

/** Cubes kept by triggers and a queue instead of refreshes. */
export const delta = {
  name: 'delta',
  events: tells<DeltaEvent>({
    'delta.folded': 'debug',
    'delta.recomputed': 'info',
    'delta.drifted': 'error',
    'delta.failed': 'warn',
  }),
  migrations: ['0020_delta'],

  metrics: (instruments: Instruments): Handlers<DeltaEvent> => {
    const folded = instruments.counter('delta_rows_total', 'Changed rows folded into delta cubes', ['cube']);
    const problems = instruments.counter(
      'delta_problems_total',
      'Folds that failed, and cubes that had drifted',
      ['cube', 'problem'],
    );
    return {
      'delta.folded': ({ cube, rows }) => folded.inc({ cube }, rows),
      'delta.failed': ({ cube }) => problems.inc({ cube, problem: 'failed' }),
      'delta.drifted': ({ cube }) => problems.inc({ cube, problem: 'drifted' }),
    };
  },

  startWriting: (ctx: DeltaContext, { releasers }: Running): void => {
    if (!ctx.config.refresh.scheduled) return;
    let stop = startFolding(ctx);
    releasers.push('folding', () => stop());
    ctx.liveMaps.onChange(async () => {
      await stop();
      stop = startFolding(ctx);
    });
  },
  commands: [deltaCommand],
} satisfies Capability;
