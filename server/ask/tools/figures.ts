import {
  choroplethParams,
  readChoroplethRequest,
  versionOf,
  type Answer,
  type Answers,
  type Choropleth,
  type ChoroplethEntry,
} from '../../choropleth/public.ts';

/** The map's own figures, hidden ones hidden: what every form of a choropleth is made from. */
export interface Figures {
  /** Choropleths that may be asked for: of those that everybody may see. */
  all(): readonly Choropleth[];
  answer(choropleth: Choropleth, query: FigureQuery): Promise<Answer>;
  dimensionValues(choropleth: Choropleth, dimension: string): Promise<readonly string[]>;
  /** What a choropleth is at now; undefined where it may not be asked for any more. */
  version(id: string): string | undefined;
}

export interface FigureQuery {
  readonly metric?: string | undefined;
  readonly level?: string | undefined;
  readonly method?: string | undefined;
  readonly classes?: number | undefined;
  /** Values of dimensions, by name. */
  readonly filters?: Readonly<Record<string, readonly string[]>> | undefined;
}

interface FiguresContext {
  readonly choropleths: { all(): ChoroplethEntry[] };
}

/** @param visible ids that the policy opens, or `all` */
export function figuresOf(
  ctx: FiguresContext,
  answers: Answers,
  visible: 'all' | readonly string[],
): Figures {
  const all = (): Choropleth[] =>
    ctx.choropleths
      .all()
      .flatMap(({ id, choropleth, access }) =>
        choropleth && access === undefined && (visible === 'all' || visible.includes(id)) ? [choropleth] : [],
      );
  return {
    all,
    answer: (choropleth, { filters = {}, classes, ...query }) => {
      const known = choroplethParams.parse(
        withoutUndefined({ ...query, ...(classes === undefined ? {} : { classes: String(classes) }) }),
      );
      const extra = Object.fromEntries(Object.entries(filters).map(([name, values]) => [name, [...values]]));
      return answers.get(readChoroplethRequest(choropleth, known, extra));
    },
    dimensionValues: (choropleth, dimension) => answers.dimensionValues(choropleth, dimension),
    version: (id) => {
      const choropleth = all().find((each) => each.id === id);
      return choropleth && versionOf(choropleth, answers.generation(choropleth));
    },
  };
}

function withoutUndefined(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
