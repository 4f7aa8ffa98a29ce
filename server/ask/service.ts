import { createHmac } from 'node:crypto';
import { Answers } from '../choropleth/public.ts';
import { ident, sql } from '../db/sql.ts';
import { AppError } from '../errors.ts';
import { Asking } from './pipeline/asking.ts';
import { dayOf, MemoryBudget, TableBudget, type BudgetStore } from './budget/budget.ts';
import { AskerRates, KEYS_OF_AN_ADDRESS } from '../limits/asker.ts';
import { memoryRates, type RateLimits } from '../limits/rate.ts';
import { refusal } from '../limits/refusal.ts';
import type { AskNeeds } from './needs.ts';
import { GeminiClient } from './gemini/client.ts';
import { loadModels, type ModelList } from './gemini/models.ts';
import { ModelWatch } from './gemini/watch.ts';
import { AskLog } from './log/log.ts';
import { loadPolicy, type Policy } from './policy/policy.ts';
import { Rules } from './rules/decide.ts';
import { figuresOf, type Figures } from './tools/figures.ts';
import { inEnglish } from './tools/regions.ts';
import type { AskAnswer, Asker, Question } from './types.ts';
import { Upstream } from './gemini/upstream.ts';

/** More names of places than this are no vocabulary any more. */
const MOST_PLACES = 20_000;

/** A policy, and what is made of it. */
interface Ruled {
  readonly policy: Policy;
  readonly rules: Rules;
  readonly figures: Figures;
}

interface Parts {
  readonly asking: Asking;
  readonly upstream: Upstream | undefined;
  readonly rates: AskerRates;
}

/**
 * The assistant of one server: its policy, and what its parts share. Reading the policy takes a fifth of the start of a process, so where no
 * model is configured that waits for the first question.
 */
export class AskService {
  readonly models: ModelList;
  readonly log: AskLog;
  readonly #ctx: AskNeeds;
  #ruled: Ruled | undefined;
  #knowsPlaces = false;
  #budget: BudgetStore = new MemoryBudget();
  #rates: RateLimits = memoryRates;
  #parts: Parts | undefined;
  readonly watch: ModelWatch | undefined;

  /** @throws ConfigError where a model is configured and the policy is not valid */
  constructor(ctx: AskNeeds) {
    const { ask } = ctx.config;
    this.#ctx = ctx;
    this.models = loadModels();
    this.log = new AskLog(ctx.db, (error, dropped) =>
      ctx.observe({ type: 'ask.log.failed', error, dropped }),
    );
    if (ask.apiKey === undefined) return;
    this.#ruled = this.#readPolicy();
    this.watch = new ModelWatch(this.#modelWatch());
  }

  /** From here on there are tables, and the counters that instances share. */
  async prepare(rates: RateLimits): Promise<void> {
    this.#rates = rates;
    this.#parts = undefined;
    if (!this.#ctx.generations.tracking) return;
    this.#budget = new TableBudget(this.#ctx.db);
    await this.log.open();
  }

  /** Names of the regions that may be asked about, as soon as there is a policy that says of which. */
  async readPlaces(): Promise<void> {
    if (!this.#ruled) return;
    const { figures, rules } = this.#ruled;
    const names = new Set<string>();
    const sets = new Map(figures.all().flatMap(({ levels }) => levels.map((set) => [set.id, set] as const)));
    for (const { layer, name } of sets.values()) {
      const rows = await this.#ctx.db.run<{ name: string | null }>(
        sql`select distinct ${ident(name)}::text as name from ${ident(layer.schema, layer.name)} limit ${MOST_PLACES}`,
      );
      for (const row of rows) if (row.name !== null) names.add(row.name).add(inEnglish(row.name));
    }
    rules.knowPlaces(names);
    this.#knowsPlaces = true;
  }

  get load(): { working: number; waiting: number } {
    return this.#parts?.asking.load ?? { working: 0, waiting: 0 };
  }

  /**
   * @param onRefused called before it is refused
   * @throws AppError `too_many_requests` (429)
   */
  async countQuestion(
    { keyId: key, subject, addressHash }: Asker,
    onRefused = (): void => {},
  ): Promise<void> {
    const standing = await this.#made().rates.count({ key, address: addressHash ?? subject });
    if (standing.allowed) return;
    onRefused();
    throw refusal('questions', standing);
  }

  async ask(question: Question): Promise<AskAnswer> {
    const { asking } = this.#made();
    if (!this.#knowsPlaces) await this.readPlaces();
    return asking.ask(question);
  }

  /** Tells askers' addresses apart without keeping them. */
  get addressKey(): string {
    const { hashKey, apiKey } = this.#ctx.config.ask;
    return (
      hashKey ??
      createHmac('sha256', apiKey ?? 'not configured')
        .update('addresses')
        .digest('hex')
    );
  }

  async health(): Promise<object> {
    const { apiKey, access, model, classifierModel, temperature } = this.#ctx.config.ask;
    const { watch } = this;
    const { policy } = this.#ruledNow();
    const { question, perDay } = policy.limits;
    const spent = await this.#budget.spent(dayOf(new Date()), 'all').catch(() => undefined);
    const isOpen = this.#parts?.upstream?.isOpen ?? false;
    const warning = this.models.warning(model) ?? watch?.warning;
    const status = apiKey === undefined ? 'not_configured' : isOpen || watch?.isMissing ? 'degraded' : 'ok';
    return {
      status,
      service: 'gemini',
      configured: apiKey !== undefined,
      access,
      model,
      temperature: temperature ?? null,
      classifierModel,
      ...(temperature !== undefined && !this.models.of(model).temperature
        ? { temperatureIgnored: true }
        : {}),
      ...(warning === undefined ? {} : { warning }),
      breaker: isOpen ? 'open' : 'closed',
      load: this.load,
      budget: spent
        ? {
            day: dayOf(new Date()),
            tokensLeft: Math.max(0, perDay.tokens - spent.tokens),
            usdLeft: Math.max(0, Number((perDay.usd - spent.micros / 1e6).toFixed(6))),
          }
        : null,
      policy: { edition: policy.edition, languages: policy.languages, suggestions: policy.suggestions },
      question,
    };
  }

  #readPolicy(): Ruled {
    const policy = loadPolicy(this.#ctx.config.ask.policyFile);
    const figures = figuresOf(this.#ctx, new Answers(this.#ctx), policy.choropleths);
    return { policy, rules: new Rules(policy), figures };
  }

  /** @throws AppError `ask_misconfigured` where the policy was not read at the start and is not valid */
  #ruledNow(): Ruled {
    try {
      return (this.#ruled ??= this.#readPolicy());
    } catch (cause) {
      throw new AppError('ask_misconfigured', { detail: 'The policy is not valid' }, { cause });
    }
  }

  #made(): Parts {
    return (this.#parts ??= this.#make(this.#ruledNow()));
  }

  #make({ policy, rules, figures }: Ruled): Parts {
    const { ask } = this.#ctx.config;
    const { models, log } = this;
    const rates = this.#rates;
    const { anonymous, keyed, calls } = policy.limits.perMinute;
    const upstream =
      ask.apiKey === undefined
        ? undefined
        : new Upstream(
            new GeminiClient({
              apiKey: ask.apiKey,
              baseUrl: ask.baseUrl,
              temperature: ask.temperature,
              models,
            }),
            rates('ask-calls', calls),
          );
    const asking = new Asking({
      policy,
      rules,
      figures,
      upstream,
      models,
      model: ask.model,
      classifierModel: ask.classifierModel,
      budget: () => this.#budget,
      log,
      observe: this.#ctx.observe,
    });
    return {
      asking,
      upstream,
      rates: new AskerRates(rates, 'ask', { anonymous, keyed, address: keyed * KEYS_OF_AN_ADDRESS }),
    };
  }

  #modelWatch(): ConstructorParameters<typeof ModelWatch>[0] {
    const { model, classifierModel } = this.#ctx.config.ask;
    return {
      names: [...new Set([model, classifierModel])],
      exists: (name, signal) => {
        const { upstream } = this.#made();
        return upstream ? upstream.exists(name, signal) : Promise.resolve(false);
      },
      warning: (name) => this.models.warning(name),
      observe: this.#ctx.observe,
    };
  }
}
