import type { Request } from 'express';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { clientOf } from '../http/requests/client.ts';
import { route, type Route } from '../http/routes.ts';
import type { Asker } from './types.ts';
import { tellRefused } from '../limits/refusal.ts';
import type { AskContext } from './context.ts';
import { dataOf } from './data.ts';
import { addressHash } from './log/redact.ts';
import { streamAnswer } from './stream.ts';

const content = { 'application/json': { type: 'object' } };

const body = z.object({
  question: z
    .string({ error: 'a text' })
    .meta({ description: 'What is asked, 5 to 1000 characters', example: 'Apa itu pesantren?' }),
  lang: z
    .enum(['id', 'en'], { error: 'id or en' })
    .optional()
    .meta({ description: 'Language of the answer; that of the question where absent', example: 'id' }),
  stream: z
    .boolean({ error: 'true or false' })
    .optional()
    .meta({ description: 'Send the answer sentence by sentence, as server-sent events', example: false }),
});

export function askRoutes(ctx: AskContext): Route[] {
  const { asking, config } = ctx;
  return [
    route({
      method: 'post',
      path: '/gemini/ask',
      tag: 'questions',
      summary: 'Answers a question about the topics of the policy, with figures of the map',
      body,
      invalidBody: 'question_rejected',
      fromOtherOrigins: true, // front ends of the system before this one stand elsewhere
      ...(config.ask.access === 'key' ? { access: ctx.keys.require('ask') } : {}),
      responses: {
        200: {
          description: 'The answer, or a polite refusal; events sentence and done where stream is true',
          content: { ...content, 'text/event-stream': { type: 'string' } },
        },
        422: { description: 'The question is too short, too long or no text' },
        429: { description: 'Too many questions; Retry-After tells when to ask again' },
        503: { description: 'The model is not configured, or does not answer' },
      },
      handle: async ({ body: asked, signal }, res, req) => {
        const asker = await askerOf(ctx, req);
        await asking.countQuestion(asker, () => tellRefused(ctx, 'ask', asker.keyId, req));
        const { question: text, lang: language, stream } = asked;
        const requestId = String(res.getHeader('X-Request-Id') ?? '');
        const question = { text, language, requestId, asker, signal };
        res.setHeader('Cache-Control', 'no-store');
        if (stream) return streamAnswer(res, (onSentence) => asking.ask({ ...question, onSentence }));
        const answer = await asking.ask(question);
        res.json({ status: 'success', data: dataOf(answer) });
      },
    }),
  ];
}

export function askOperations(ctx: AskContext): Route[] {
  return [
    route({
      method: 'get',
      path: '/gemini/health',
      tag: 'questions',
      summary: 'Whether questions are answered, by which model, and what may still be spent today',
      responses: { 200: { description: 'The state', content } },
      handle: async (_request, res) => {
        res.setHeader('Cache-Control', 'no-store');
        res.json(await ctx.asking.health());
      },
    }),
  ];
}

/** Who asks: a key with the scope `ask`, or an address. A key that is not valid is refused rather than overlooked. */
async function askerOf(ctx: AskContext, req: Request): Promise<Asker> {
  const identity = await ctx.keys.identify(req);
  if (!identity && hasKey(req)) throw new AppError('unauthorized', { detail: 'this key is not valid' });
  const hash = addressHash(clientOf(req), ctx.asking.addressKey);
  const mayAsk = identity?.scopes.some((scope) => scope === 'ask' || scope === 'admin') ?? false;
  if (!identity || !mayAsk)
    return { subject: `address:${hash}`, keyId: undefined, addressHash: hash, audience: 'public' };
  return {
    subject: `key:${identity.id}`,
    keyId: identity.id,
    addressHash: hash,
    audience: `key:${identity.id}`,
  };
}

const hasKey = (req: Request): boolean =>
  /^Bearer /i.test(req.headers.authorization ?? '') || typeof req.headers['x-api-key'] === 'string';
