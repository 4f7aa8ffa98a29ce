import { createHmac } from 'node:crypto';
import type { Alert } from './alert.ts';
import { Hopeless } from './retry.ts';

const TIMEOUT_MS = 10_000;

export interface Webhook {
  readonly url: string;
  readonly secret: string | undefined;
}

/** `sha256=…` of `TIME.BODY`: the time is part of it, so that nobody can send an old alert again. */
export function signatureOf(secret: string, time: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

/** @throws Error where it was not taken; Hopeless where it never will be */
export async function callWebhook({ url, secret = '' }: Webhook, alert: Alert): Promise<void> {
  const body = JSON.stringify({ type: 'audit.alert', ...alert });
  const time = String(Math.floor(Date.now() / 1000));
  const { status } = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Chorograph-Time': time,
      'X-Chorograph-Signature': signatureOf(secret, time, body),
    },
    body,
    redirect: 'manual', // signed for this address and no other
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (status < 300) return;
  const mayPass = status >= 500 || status === 429 || status === 408;
  throw new (mayPass ? Error : Hopeless)(`the webhook answered ${status}`);
}
