import { z } from 'zod';
import { httpUrl, list, settings, type ConfigOf } from '../settings.ts';
import { alertRules } from './alerts/rules.ts';

const smtpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^smtps?:/.test(text), 'an smtp:// or smtps:// URL');

const address = z.string().regex(/^[^\s@,<>]+@[^\s@,<>]+$/, 'an e-mail address');

const addresses = list.refine(
  (all) => all.every((one) => address.safeParse(one).success),
  'e-mail addresses with commas between them',
);

export const auditSettings = settings({
  environment: {
    CHOROGRAPH_AUDIT_KEY: z.string().min(16, 'at least 16 characters').optional(),
    CHOROGRAPH_AUDIT_ALERTS: alertRules.default([]),
    CHOROGRAPH_AUDIT_WEBHOOK_URL: httpUrl.optional(),
    CHOROGRAPH_AUDIT_WEBHOOK_SECRET: z.string().min(16, 'at least 16 characters').optional(),
    CHOROGRAPH_AUDIT_MAIL_URL: smtpUrl.optional(),
    CHOROGRAPH_AUDIT_MAIL_FROM: address.optional(),
    CHOROGRAPH_AUDIT_MAIL_TO: addresses.default([]),
  },
  secrets: [
    'CHOROGRAPH_AUDIT_KEY',
    'CHOROGRAPH_AUDIT_WEBHOOK_URL',
    'CHOROGRAPH_AUDIT_WEBHOOK_SECRET',
    'CHOROGRAPH_AUDIT_MAIL_URL',
  ],
  read: (env) => ({
    audit: {
      /** Seals the log and hashes addresses; the database does not have it. */
      key: env.CHOROGRAPH_AUDIT_KEY,
      alerts: env.CHOROGRAPH_AUDIT_ALERTS,
      webhook:
        env.CHOROGRAPH_AUDIT_WEBHOOK_URL === undefined
          ? undefined
          : { url: env.CHOROGRAPH_AUDIT_WEBHOOK_URL, secret: env.CHOROGRAPH_AUDIT_WEBHOOK_SECRET },
      mail:
        env.CHOROGRAPH_AUDIT_MAIL_URL === undefined
          ? undefined
          : {
              url: env.CHOROGRAPH_AUDIT_MAIL_URL,
              from: env.CHOROGRAPH_AUDIT_MAIL_FROM ?? 'chorograph@localhost',
              to: env.CHOROGRAPH_AUDIT_MAIL_TO,
            },
    },
  }),
  check: (env) => [
    ...(env.CHOROGRAPH_AUDIT_WEBHOOK_URL !== undefined && env.CHOROGRAPH_AUDIT_WEBHOOK_SECRET === undefined
      ? ['CHOROGRAPH_AUDIT_WEBHOOK_SECRET must be set: alerts are signed with it']
      : []),
    ...(env.CHOROGRAPH_AUDIT_MAIL_URL !== undefined && env.CHOROGRAPH_AUDIT_MAIL_TO === undefined
      ? ['CHOROGRAPH_AUDIT_MAIL_TO must be set: somebody has to get the alerts']
      : []),
  ],
});

export type AuditConfig = ConfigOf<typeof auditSettings>;
