import type { Alert } from './alert.ts';

export interface Mail {
  /** `smtp://user:password@host:587` */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** @throws Error where the server did not take it */
export async function sendMail({ url, from, to }: Mail, alert: Alert): Promise<void> {
  const { createTransport } = await import('nodemailer'); // most servers send none
  const transport = createTransport(url, {});
  try {
    await within(TIMEOUT_MS, transport.sendMail({ from, to: [...to], ...textOf(alert) }));
  } finally {
    transport.close();
  }
}

function textOf({ rule, severity, count, windowSeconds, at }: Alert): { subject: string; text: string } {
  return {
    subject: `Chorograph: ${count} audit events of severity ${severity}`,
    text: [
      `There were ${count} audit events of severity ${severity} in the last ${windowSeconds} seconds.`,
      `Rule: ${rule}`,
      `Time: ${at}`,
      `GET /audit?severity=${severity} lists them.`,
      '',
    ].join('\n'),
  };
}

const TIMEOUT_MS = 20_000;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the mail server took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
