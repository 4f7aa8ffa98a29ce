import type { Policy } from '../policy/policy.ts';
import { readings, type Reading } from './decode.ts';
import { compilePhrases, type Phrases } from './phrases.ts';
import { fold, lineOf, wordsOf, type Cleaned } from './text.ts';
import { Vocabulary, type Entry, type Understood } from './vocabulary.ts';

/**
 * What can be said of a question without asking a model. Rules decide only what they are sure of: a question is allowed
 * where every word of it is known and one names an allowed topic, refused where a phrase of it can mean nothing else.
 * All others are left to the classifier.
 */
export type Verdict =
  | { decision: 'allow'; topic: string }
  | { decision: 'deny'; reason: DenyReason; topic?: string; because: string }
  | { decision: 'undecided'; because: string };

export type DenyReason = 'injection' | 'encoded' | 'harm' | 'refused' | 'off_topic';

/** Longer ones are essays: somebody has to read them. */
const MOST_WORDS = 40;
/** Signs of code, markup and sums. */
const ODD_SIGNS = /[<>{}[\]=\\|#_*^~`@$€£+]|\/\/|https?:|www\./;
const PLAIN_NUMBER = /^(1[0-9]{3}|20\d{2}|[1-9]|[12]\d|3[01]|100|1000)$/;

interface RefusedRules {
  readonly id: string;
  readonly deny: Phrases;
  readonly unless: Phrases;
  readonly alone: Phrases;
}

export class Rules {
  readonly #policy: Policy;
  readonly #injection: Phrases;
  readonly #rolePlay: Phrases;
  readonly #harm: Phrases;
  readonly #offTopic: Phrases;
  readonly #caution: Phrases;
  readonly #refused: readonly RefusedRules[];
  #vocabulary: Vocabulary;

  constructor(policy: Policy, places: Iterable<string> = []) {
    const { rules } = policy;
    this.#policy = policy;
    this.#injection = compilePhrases(rules.injection);
    this.#rolePlay = compilePhrases(rules.rolePlay);
    this.#harm = compilePhrases(rules.harm);
    const groups = policy.offTopic === 'all' ? Object.keys(rules.offTopic) : policy.offTopic;
    this.#offTopic = compilePhrases(groups.flatMap((group) => rules.offTopic[group] ?? []));
    this.#caution = compilePhrases(policy.caution);
    this.#refused = policy.refused.map(({ id, deny, unless, alone }) => ({
      id,
      deny: compilePhrases(deny),
      unless: compilePhrases(unless.map((text) => wordsOf(fold(text)).join(' '))),
      alone: compilePhrases(alone),
    }));
    this.#vocabulary = new Vocabulary(entries(policy, places));
  }

  /** Names of places that the map has: questions may be about those. */
  knowPlaces(places: Iterable<string>): void {
    this.#vocabulary = new Vocabulary(entries(this.#policy, places));
  }

  decide({ text, hidden }: Cleaned): Verdict {
    const marked = this.#policy.rules.markup.find((expression) => expression.test(text));
    if (marked) return { decision: 'deny', reason: 'injection', because: 'markup' };
    const words = wordsOf(fold(text));
    const understood = this.#vocabulary.understand(words);
    const denied = this.#denied(lineOf(words), understood);
    if (denied) return denied;
    const twisted = this.#twisted(readings(text, hidden), understood);
    if (twisted) return twisted;
    return this.#allowed(text, words, understood);
  }

  /** What of a text, such as an answer, belongs to a refused topic wherever it stands. */
  refusedTopic(text: string): string | undefined {
    const line = lineOf(wordsOf(fold(text)));
    return this.#refused.find(
      ({ deny, unless }) => deny.find(line) !== undefined && unless.find(line) === undefined,
    )?.id;
  }

  #denied(line: string, understood: Understood): Verdict | undefined {
    const injection = this.#injection.find(line);
    if (injection) return { decision: 'deny', reason: 'injection', because: injection };
    const harm = this.#harm.find(line);
    if (harm) return { decision: 'deny', reason: 'harm', because: harm };
    const isAlone = !understood.touchesTopic;
    for (const { id, deny, unless, alone } of this.#refused) {
      const because = deny.find(line) ?? (isAlone ? alone.find(line) : undefined);
      if (because === undefined) continue;
      const exception = unless.find(line);
      if (exception !== undefined) return { decision: 'undecided', because: exception };
      return { decision: 'deny', reason: 'refused', topic: id, because };
    }
    if (!isAlone) return undefined;
    const role = this.#rolePlay.find(line);
    if (role) return { decision: 'deny', reason: 'injection', because: role };
    const offTopic = this.#offTopic.find(line);
    return offTopic ? { decision: 'deny', reason: 'off_topic', because: offTopic } : undefined;
  }

  /** A text that has to be decoded to say something forbidden was not written for us. */
  #twisted(found: readonly Reading[], plain: Understood): Verdict | undefined {
    for (const { as, text, isPayload } of found) {
      const words = wordsOf(fold(text));
      const understood = this.#vocabulary.understand(words);
      // Any text read backwards has some word by accident: it is meant so where more of it is known than forwards.
      if (TURNED.has(as) && understood.known <= plain.known) continue;
      const verdict = this.#denied(lineOf(words), understood);
      const squashed = this.#squashed(as, text);
      if (verdict?.decision === 'deny' || squashed) {
        return { decision: 'deny', reason: 'encoded', because: `${as}: ${squashed ?? because(verdict)}` };
      }
      if (isPayload && (as === 'tags' || !(understood.isWhole && understood.topics.size > 0)))
        return { decision: 'deny', reason: 'encoded', because: as };
      if (isPayload) return { decision: 'undecided', because: as };
    }
    return undefined;
  }

  /** Letters that were spelled out leave no gaps between words. */
  #squashed(as: string, text: string): string | undefined {
    if (as !== 'spelled out' || text.includes(' ')) return undefined;
    return SQUASHED.find((each) => fold(text).includes(each));
  }

  #allowed(text: string, words: readonly string[], understood: Understood): Verdict {
    const undecided = (because: string): Verdict => ({ decision: 'undecided', because });
    if (words.length > MOST_WORDS) return undecided('long');
    if (ODD_SIGNS.test(text)) return undecided('signs');
    if (!understood.isWhole) return undecided('strange words');
    const caution = this.#caution.find(lineOf(words));
    if (caution) return undecided(caution);
    const [topic] = understood.topics;
    if (topic === undefined) return undecided('no topic');
    return { decision: 'allow', topic };
  }
}

const because = (verdict: Verdict | undefined): string =>
  verdict === undefined || verdict.decision === 'allow' ? '' : verdict.because;

/** Readings of the whole text that say something of nearly every text. */
const TURNED = new Set(['reversed', 'rot13']);

const SQUASHED = [
  'ignoreall',
  'ignoreprevious',
  'ignoreyour',
  'systemprompt',
  'abaikansemua',
  'abaikaninstruksi',
  'abaikanaturan',
  'lupakansemua',
  'promptsistem',
  'jailbreak',
  'disregard',
];

function* entries(policy: Policy, places: Iterable<string>): Generator<Entry> {
  const { vocabulary } = policy;
  const split = (text: string): string[] => text.split(/\s+/).filter(Boolean);
  for (const text of [...split(vocabulary.id), ...split(vocabulary.en), ...policy.neutral])
    yield { text, sense: { kind: 'neutral' } };
  for (const text of [...split(vocabulary['terms-of-number-id']), ...split(vocabulary['terms-of-number-en'])])
    yield { text, sense: { kind: 'figure' } };
  for (const text of numbers()) yield { text, sense: { kind: 'neutral' } };
  for (const text of places) yield { text, sense: { kind: 'place' } };
  for (const { id, terms, words } of policy.topics) {
    for (const text of terms) yield { text, sense: { kind: 'term', topic: id } };
    for (const text of words) yield { text, sense: { kind: 'word', topic: id } };
  }
}

/** Days, years and small counts say nothing by themselves. */
function* numbers(): Generator<string> {
  for (let n = 1; n <= 2099; n++) if (PLAIN_NUMBER.test(String(n))) yield String(n);
}
