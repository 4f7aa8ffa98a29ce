import { empty, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';

export interface LogFilter {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly status?: string | undefined;
  readonly topic?: string | undefined;
  /** Only entries older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Columns of the log as they are given out, in the order of the CSV file. */
export const LOG_COLUMNS = [
  'id',
  'created_at',
  'question',
  'answer',
  'status',
  'topic',
  'reason',
  'language',
  'model',
  'tokens_used',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'cost_usd',
  'response_time_ms',
  'cached',
  'policy',
  'error_message',
  'user_ip',
  'key_id',
  'request_id',
  'verdicts',
] as const;

export type LogRow = Readonly<Record<(typeof LOG_COLUMNS)[number], unknown>>;

/** Newest first. */
export function readLog(db: Queryable, filter: LogFilter): Promise<LogRow[]> {
  return db.run<LogRow>(sql`
    select id, created_at, question, answer, status, topic, reason, language, model, tokens_used, input_tokens,
      cached_tokens, output_tokens, (cost_micros / 1e6)::float8 as cost_usd, response_time_ms, cached, policy,
      error_message, user_ip, key_id, request_id, verdicts
    from chorograph.gemini_ask_log l ${where(filter)}
    order by created_at desc, id desc limit ${filter.limit}`);
}

export interface AskStats {
  readonly questions: number;
  readonly byStatus: readonly object[];
  readonly byTopic: readonly object[];
  readonly byReason: readonly object[];
  readonly byDay: readonly object[];
}

export async function readStats(db: Queryable, filter: Pick<LogFilter, 'from' | 'to'>): Promise<AskStats> {
  const matching = where({ ...filter, limit: 0 });
  const counts = (column: Sql): Promise<{ questions: number }[]> =>
    db.run(sql`
      select ${column} as value, count(*)::int as questions from chorograph.gemini_ask_log l ${matching}
      group by 1 order by 2 desc, 1`);
  const byStatus = await counts(sql`status`);
  return {
    questions: byStatus.reduce((sum, { questions }) => sum + questions, 0),
    byStatus,
    byTopic: await counts(sql`coalesce(topic, 'none')`),
    byReason: await counts(sql`coalesce(reason, 'none')`),
    byDay: await db.run(sql`
      select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::int as questions,
        (count(*) filter (where status = 'refused'))::int as refused,
        (count(*) filter (where status = 'failed'))::int as failed, (count(*) filter (where cached))::int as cached,
        sum(input_tokens)::float8 as input_tokens, sum(cached_tokens)::float8 as cached_tokens,
        sum(output_tokens)::float8 as output_tokens, (sum(cost_micros) / 1e6)::float8 as cost_usd,
        percentile_disc(0.5) within group (order by response_time_ms) as p50_ms,
        percentile_disc(0.95) within group (order by response_time_ms) as p95_ms
      from chorograph.gemini_ask_log l ${matching} group by 1 order by 1 desc limit 400`),
  };
}

function where({ from, to, status, topic, before }: LogFilter): Sql {
  const conditions = [
    from && sql`l.created_at >= ${from.toISOString()}::timestamptz`,
    to && sql`l.created_at < ${to.toISOString()}::timestamptz`,
    status !== undefined && sql`l.status = ${status}`,
    topic !== undefined && sql`l.topic = ${topic}`,
    before !== undefined &&
      sql`(l.created_at, l.id) < (select created_at, id from chorograph.gemini_ask_log where id = ${before}::uuid)`,
  ].filter((condition) => typeof condition === 'object');
  return conditions.length === 0 ? empty : sql`where ${join(conditions, ' and ')}`;
}
