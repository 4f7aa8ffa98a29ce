import type { Capability, Check, Running } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { Alerts } from './alerts/alerts.ts';
import { Auditing, type AuditingNeeds } from './writing/auditing.ts';
import { auditCommand } from './command.ts';
import type { AuditContext } from './context.ts';
import type { AuditLogEvent } from './events.ts';
import { auditRoutes } from './reading/routes.ts';
import { auditSettings } from './settings.ts';
import { upkeep } from './upkeep.ts';
import { noticed, type NoticedEvent } from './writing/noticed.ts';

interface AuditServices {
  readonly auditing: Auditing;
  readonly auditAlerts: Alerts;
}

/** Who did what: a log that is only added to, in which nothing can be changed unseen. */
export const audit = {
  name: 'audit',
  settings: auditSettings,
  events: tells<AuditLogEvent>({
    'audit.sealed': 'info',
    'audit.written': 'trace',
    'audit.not_written': 'error',
    'audit.alert': 'warn',
    'audit.alert.failed': 'error',
  }),
  migrations: ['0043_audit', '0044_audit_append', '0046_audit_months'],

  services: (ctx: AuditingNeeds & Pick<AuditContext, 'db'>): AuditServices => ({
    auditing: new Auditing(ctx),
    auditAlerts: new Alerts(ctx),
  }),

  metrics: (instruments: Instruments, { auditing }: AuditContext): Handlers<AuditLogEvent | NoticedEvent> => {
    const events = instruments.counter('audit_events_total', 'Events that were recorded', ['severity']);
    const failures = instruments.counter('audit_failures_total', 'Times that events could not be recorded');
    const alerts = instruments.counter('audit_alerts_total', 'Alerts by what became of them', ['outcome']);
    instruments.gauge(
      'audit_waiting_events',
      'Different events that wait to be recorded',
      () => auditing.waiting,
    );
    return {
      ...noticed(auditing),
      'audit.written': ({ severity, events: number }) => events.inc({ severity }, number),
      'audit.not_written': () => failures.inc(),
      'audit.alert': () => alerts.inc({ outcome: 'raised' }),
      'audit.alert.failed': () => alerts.inc({ outcome: 'failed' }),
    };
  },

  routes: (ctx: AuditContext): Route[] => auditRoutes(ctx),

  checks: {
    audit: ({ auditing, startup }: AuditContext): Check =>
      auditing.isFailing
        ? { status: 'degraded', detail: 'events cannot be recorded: what has to be recorded is refused' }
        : {
            status: 'ok',
            ...(startup.unwritable === undefined ? {} : { detail: 'nothing is recorded here' }),
          },
  },

  startWriting: (ctx: AuditContext & AuditServices, running: Running): void => upkeep(ctx, running),
  commands: [auditCommand],
} satisfies Capability;
