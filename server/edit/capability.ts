import type { Capability, Check } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { EditContext } from './context.ts';
import { Editing, type EditingNeeds } from './editing.ts';
import type { EditEvent } from './events.ts';
import { editMaps } from './maps.ts';
import { editRoutes } from './routes.ts';
import { editSettings } from './settings.ts';

interface EditServices {
  readonly editing: Editing;
}

/** Changes of features in layers that say `edit:`, as Part 4 of OGC API Features has them. */
export const edit = {
  name: 'edit',
  settings: editSettings,
  maps: editMaps,
  migrations: ['0047_edit_idempotency', '0048_review'],
  events: tells<EditEvent>({ 'edit.done': 'info' }),

  services: (ctx: EditingNeeds): EditServices => ({ editing: new Editing(ctx) }),

  metrics: (instruments: Instruments, { catalog }: Pick<EditContext, 'catalog'>): Handlers<EditEvent> => {
    const edits = instruments.counter('edited_features_total', 'Features created, changed or deleted', [
      'layer',
      'operation',
    ]);
    return {
      'edit.done': ({ layer: id, operation, features }) => {
        const layer = catalog.isPublic(id) ? id : 'restricted';
        edits.inc({ layer, operation }, features);
      },
    };
  },

  routes: (ctx: EditContext): Route[] => editRoutes(ctx),

  checks: {
    editing: ({ editing }: Pick<EditContext, 'editing'>): Check => {
      const problems = editing.problems();
      if (problems.length === 0) return { status: 'ok' };
      const layers = Object.fromEntries(problems.map(({ layer, reason }) => [layer, reason]));
      const detail = 'some layers that maps.yaml says are edited cannot be';
      return { status: 'degraded', detail, told: { layers } };
    },
  },
} satisfies Capability;
