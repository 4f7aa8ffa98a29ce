import type { Handlers } from '../../observe/events.ts';
import type { Auditing } from './auditing.ts';

/** What others tell that is worth recording. */
export type NoticedEvent =
  | {
      type: 'key.refused';
      reason: string;
      key?: string | undefined;
      isKnown?: boolean;
      address?: string | undefined;
    }
  | { type: 'limit.hit'; class: string; actor: string; address?: string | undefined }
  | { type: 'signature.made'; key: string; patterns: readonly string[]; expiresAt: string }
  | { type: 'access.reached'; object: string; actor: string }
  | { type: 'maps.read'; problems: number; changed: readonly string[] }
  | { type: 'maps.refused'; problems: readonly string[] }
  | { type: 'catalog.loaded'; layers: number; problems: number }
  | { type: 'tracking.lost'; relation: string; reason: string };

/** Records what has no transaction, together with what is alike, a little later. */
export function noticed(auditing: Pick<Auditing, 'note' | 'noteTogether'>): Handlers<NoticedEvent> {
  const server = { actor: 'server', outcome: 'done' } as const;
  return {
    'key.refused': ({ reason, key, isKnown, address }) =>
      auditing.note({
        ...{ severity: 'warning', action: 'key.refused', outcome: 'refused', note: reason, address },
        // Anybody can write the id of a key in front of something else.
        actor: key !== undefined && isKnown ? `key:${key}` : 'anonymous',
        ...(key === undefined ? {} : { object: `key:${key}` }),
      } as const),
    'limit.hit': ({ class: of, actor, address }) =>
      auditing.note({
        ...{ severity: 'warning', action: 'limit.hit', actor, address },
        ...{ object: `limit:${of}`, outcome: 'refused' },
      } as const),
    'signature.made': ({ key, patterns, expiresAt }) =>
      auditing.note({
        ...{ severity: 'info', action: 'signature.made', actor: `key:${key}`, object: `key:${key}` },
        ...{ outcome: 'done', after: { patterns, expiresAt } },
      } as const),
    'access.reached': ({ object, actor }) =>
      auditing.noteTogether({ severity: 'info', action: 'restricted.read', actor, object, outcome: 'done' }),
    'maps.read': ({ problems, changed }) =>
      auditing.note({
        ...server,
        severity: 'info',
        action: 'configuration.read',
        after: { problems, changed },
      }),
    'maps.refused': ({ problems }) =>
      auditing.note({
        ...{ severity: 'error', action: 'configuration.refused', actor: 'server', outcome: 'refused' },
        after: { problems: problems.length },
      } as const),
    'catalog.loaded': ({ layers, problems }) =>
      auditing.note({
        ...server,
        severity: 'info',
        action: 'catalogue.changed',
        after: { layers, problems },
      }),
    'tracking.lost': ({ relation, reason }) =>
      auditing.note({
        ...server,
        severity: 'warning',
        action: 'tracking.lost',
        object: `relation:${relation}`,
        note: reason,
      }),
  };
}
