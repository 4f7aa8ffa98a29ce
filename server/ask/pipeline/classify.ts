import { z } from 'zod';
import { UpstreamFailure, type Usage } from '../gemini/types.ts';
import type { Policy } from '../policy/policy.ts';
import { classifierPrompt, classifierSchema, INJECTION, OFF_TOPIC, userTurn } from './prompt.ts';
import type { Attempt, Upstream } from '../gemini/upstream.ts';

export type Classified =
  | { decision: 'allow'; topic: string; confidence: number }
  | {
      decision: 'deny';
      reason: 'off_topic' | 'refused' | 'injection' | 'unclear' | 'blocked';
      topic?: string;
      confidence: number;
    };

const reply = z.object({ topic: z.string(), confidence: z.number().min(0).max(1) });

/** Thinking counts too. */
const MOST_OUTPUT = 256;

/**
 * What a question is about, as a model sees it. Closed where it fails: what is not clearly one of the allowed topics is
 * refused, and an answer that cannot be read is a failure, never a pass.
 * @throws UpstreamFailure
 */
export async function classify(
  upstream: Upstream,
  policy: Policy,
  { question, model, attempt }: { question: string; model: string; attempt: Attempt },
): Promise<{ classified: Classified; usage: Usage }> {
  const { text, finish, blocked, usage } = await upstream.ask(
    {
      model,
      system: classifierPrompt(policy),
      contents: [userTurn(question)],
      schema: classifierSchema(policy),
      maxOutputTokens: MOST_OUTPUT,
    },
    attempt,
  );
  if (blocked !== undefined)
    return { classified: { decision: 'deny', reason: 'blocked', confidence: 1 }, usage };
  const parsed = finish === 'STOP' ? reply.safeParse(parseJson(text)) : undefined;
  if (!parsed?.success)
    throw new UpstreamFailure('garbled', `the classifier said nothing (${finish ?? 'no end'})`, { usage });
  return { classified: decide(policy, parsed.data), usage };
}

function decide(policy: Policy, { topic, confidence }: z.output<typeof reply>): Classified {
  if (policy.topics.some(({ id }) => id === topic)) {
    return confidence >= policy.limits.confidence
      ? { decision: 'allow', topic, confidence }
      : { decision: 'deny', reason: 'unclear', topic, confidence };
  }
  if (policy.refused.some(({ id }) => id === topic))
    return { decision: 'deny', reason: 'refused', topic, confidence };
  if (topic === INJECTION) return { decision: 'deny', reason: 'injection', confidence };
  return { decision: 'deny', reason: topic === OFF_TOPIC ? 'off_topic' : 'unclear', confidence };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
