/** How codes of a cube become codes of regions. */
export interface Remedy {
  /** SQL over the cube's column. */
  readonly expression: string;
  /** Codes that it would match. */
  readonly codes: number;
  readonly from: string;
  readonly to: string;
}

interface Step {
  readonly apply: (code: string) => string;
  readonly sql: (expression: string) => string;
}

const AS_IT_IS: Step = { apply: (code) => code, sql: (expression) => expression };
const BLANKS: readonly Step[] = [
  AS_IT_IS,
  { apply: (code) => code.replace(/^ +| +$/g, ''), sql: (expression) => `trim(${expression})` },
  {
    apply: (code) => code.replace(/\s/g, ''),
    sql: (expression) => `regexp_replace(${expression}, '\\s', '', 'g')`,
  },
];
const CASES: readonly Step[] = [
  AS_IT_IS,
  { apply: (code) => code.toUpperCase(), sql: (expression) => `upper(${expression})` },
  { apply: (code) => code.toLowerCase(), sql: (expression) => `lower(${expression})` },
];

/**
 * The simplest change to codes that no region has which makes most of them codes of regions: blanks, case, leading
 * zeros, or several of these. Undefined where none does.
 *
 * @param column the cube's column as SQL that gives text
 */
export function remedyFor(
  codes: readonly string[],
  regions: ReadonlySet<string>,
  column: string,
): Remedy | undefined {
  let best: Remedy | undefined;
  for (const step of transformations(regions)) {
    const matched = codes.filter((code) => regions.has(step.apply(code)));
    const [from] = matched;
    if (from === undefined || matched.length <= (best?.codes ?? 0)) continue;
    best = { expression: step.sql(column), codes: matched.length, from, to: step.apply(from) };
  }
  return best;
}

/** Fewest changes first. */
function transformations(regions: ReadonlySet<string>): Step[] {
  const all = [AS_IT_IS, ...zeros(regions)].flatMap((zero) =>
    CASES.flatMap((letters) =>
      BLANKS.map((blanks) => {
        const steps = [blanks, letters, zero].filter((step) => step !== AS_IT_IS);
        return { steps: steps.length, step: steps.reduce(together, AS_IT_IS) };
      }),
    ),
  );
  return all.sort((a, b) => a.steps - b.steps).map(({ step }) => step);
}

/** Zeros in front taken away, or put there up to a length that codes of regions have. */
function zeros(regions: ReadonlySet<string>): Step[] {
  const lengths = [...new Set([...regions].map((code) => code.length))].sort((a, b) => a - b);
  const without: Step = {
    apply: (code) => code.replace(/^0+/, ''),
    sql: (expression) => `ltrim(${expression}, '0')`,
  };
  const pads = lengths.slice(0, 5).map((length): Step => ({
    apply: (code) => code.padStart(length, '0'),
    sql: (expression) => `lpad(${expression}, ${length}, '0')`,
  }));
  return [without, ...pads];
}

function together(first: Step, second: Step): Step {
  return {
    apply: (code) => second.apply(first.apply(code)),
    sql: (expression) => second.sql(first.sql(expression)),
  };
}
