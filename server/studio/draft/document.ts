import { plainClasses } from '../../choropleth/public.ts';
import type { TableLayer } from '../../catalog/types.ts';
import type { Sql } from '../../db/sql.ts';
import { matchesStatement } from '../../joins/public.ts';
import { asLines } from '../../maps/lines.ts';
import type { StudioContext } from '../context.ts';
import type { Writable } from '../apply/file.ts';
import type { DraftAsked } from './body.ts';
import { choicesOf, type Draft, type Planned } from './draft.ts';
import { draftValues } from './values.ts';

/** Values told one by one. */
const TOLD = 500;

/** A draft as the page shows it. @throws AppError what classes are refused for */
export async function draftDocument(
  ctx: Pick<StudioContext, 'db' | 'catalog'>,
  {
    asked,
    draft,
    planned,
    file,
    client,
  }: { asked: DraftAsked; draft: Draft; planned: Planned | undefined; file: Writable; client: string },
): Promise<object> {
  const layer = ctx.catalog.ofRelation(draft.set.table, draft.set.geometry);
  const common = {
    set: asked.set,
    column: draft.column,
    columns: choicesOf(draft),
    join: joinOf(draft),
    layer: layer && layerOf(layer, draft),
    maps: file,
  };
  if (!planned) return common;
  const values = await draftValues(ctx.db, draft.joined, planned.values);
  const { method, classes, scheme, reverse } = asked.classify;
  const { theme, locale } = asked;
  const classed = await plainClasses(
    values.map(({ value }) => value),
    { method, classes, scheme, reverse, theme, locale, breaks: undefined },
    client,
  );
  const { statements, notes } = planned.proposal;
  return {
    ...common,
    id: planned.id,
    classes: classed,
    values: values.map(({ code, status, value }, i) => [
      code,
      status,
      value,
      draft.joined.regions[i]?.name ?? '',
    ]),
    suppressed: values.filter(({ status }) => status === 'suppressed').length,
    notes,
    sql: sqlOf(asked.set, draft, statements),
    lines: asLines(planned.entries),
  };
}

/** All that the cube is made by, the matches that it reads included. */
function sqlOf(set: string, { joined }: Draft, statements: readonly Sql[]): string {
  const isMatched = statements.some(({ text }) => text.includes('chorograph.place_match'));
  const all = isMatched ? [matchesStatement(set, joined.report), ...statements] : statements;
  return all.map(({ text }) => `${text.trim()};`).join('\n');
}

function layerOf({ id, problem }: TableLayer, { set }: Draft): object {
  return { id, code: set.code, name: set.name, problem: problem?.detail };
}

/** What a join would match, without what it matches: that is most of it, and nobody reads it. */
function joinOf({ joined: { report, regions } }: Draft): object {
  const names = new Map(regions.map(({ code, name }) => [code, name]));
  const named = (code: string): { code: string; name: string } => ({ code, name: names.get(code) ?? '' });
  const open = report.values.filter(({ match }) => match.status !== 'matched');
  return {
    regions: regions.length,
    matched: report.matched,
    rows: report.rows,
    open: open.length,
    additional: open.slice(0, TOLD).map(({ value, parent, rows, match }) => ({
      ...{ value, parent, rows, status: match.status },
      ...(match.status === 'ambiguous' && { why: match.why }),
      suggestions: (match.status === 'unmatched'
        ? match.suggestions.map(({ code }) => code)
        : match.status === 'matched'
          ? []
          : match.codes
      ).map(named),
    })),
    missing: report.unmatched.length,
    unmatched: report.unmatched.slice(0, TOLD).map(named),
    duplicates: report.duplicates.slice(0, TOLD).map(({ code, values }) => ({ ...named(code), values })),
  };
}
