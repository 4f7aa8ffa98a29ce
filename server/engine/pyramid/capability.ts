import { pyramidCommand } from './command.ts';
import type { Capability, Running, Starting } from '../../capability.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Database } from '../../db/types.ts';
import { tells, type Handlers, type Observe } from '../../observe/events.ts';
import type { Instruments } from '../../observe/instruments.ts';
import type { Generations } from '../../generations/generations.ts';
import type { AutoBuilder } from '../auto/builder.ts';
import type { AutoConfig } from '../auto/settings.ts';
import type { MemoryLayers } from '../memory/layers.ts';
import { AutomaticPyramids, dropAutomatic } from './automatic.ts';
import { pyramidMaps, type PyramidMaps } from './maps.ts';
import type { PyramidEvent } from './events.ts';
import { Pyramids } from './pyramids.ts';

/** A first pyramid that takes longer goes on being built behind a server that is ready. */
const PATIENCE_MS = 5_000;

interface PyramidNeeds {
  readonly db: Database;
  readonly maps: PyramidMaps;
  readonly generations: Generations;
  readonly observe: Observe<PyramidEvent>;
  readonly auto: AutoBuilder;
}

interface PyramidContext extends PyramidNeeds {
  readonly config: AutoConfig;
  readonly pyramids: Pyramids;
  readonly catalog: Catalog;
  readonly memory: Pick<MemoryLayers, 'fits'>;
  readonly changes: { schedule(): void };
}

/** Cells of dense points, built behind the scenes and served below a layer's switch zoom. */
export const pyramid = {
  name: 'pyramid',
  maps: pyramidMaps,
  events: tells<PyramidEvent>({
    'pyramid.building': 'info',
    'pyramid.built': 'info',
    'pyramid.failed': 'warn',
  }),
  migrations: ['0010_pyramids', '0063_automatic_pyramids'],

  services: ({ auto, ...needs }: PyramidNeeds): { readonly pyramids: Pyramids } => ({
    pyramids: new Pyramids({ ...needs, isOn: (layer) => auto.isOn(layer) }),
  }),

  metrics: (instruments: Instruments): Handlers<PyramidEvent> => {
    const builds = instruments.counter('pyramid_builds_total', 'Builds of point pyramids', [
      'layer',
      'outcome',
    ]);
    return {
      'pyramid.built': ({ layer }) => builds.inc({ layer, outcome: 'built' }),
      'pyramid.failed': ({ layer }) => builds.inc({ layer, outcome: 'failed' }),
    };
  },

  epoch: ({ pyramids }: PyramidContext): number => pyramids.epoch,

  resolve: async (ctx: PyramidContext): Promise<void> => {
    const { pyramids, catalog } = ctx;
    await pyramids.resolve(catalog);
    pyramids.check();
    ctx.auto.offer('pyramid', new AutomaticPyramids(ctx).jobs(), dropAutomatic);
  },

  settle: async ({ pyramids }: PyramidContext, { step, releasers }: Starting): Promise<void> => {
    if (pyramids.size > 0) step('building pyramids');
    releasers.push('pyramids', () => pyramids.stop());
    await pyramids.start(PATIENCE_MS);
  },

  /** Another build has another version, which browsers are told. */
  start: ({ pyramids, changes }: PyramidContext): void => pyramids.onChange(() => changes.schedule()),

  startWriting: ({ pyramids }: PyramidContext, _running: Running): void => pyramids.check(),
  commands: [pyramidCommand],
} satisfies Capability;
