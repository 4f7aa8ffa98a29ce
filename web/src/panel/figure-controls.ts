import type { Choropleth } from '../api.ts';
import {
  canChange,
  canNormalize,
  DIVERGING_DEFAULT,
  hasCenter,
  hasParents,
  isPublished,
  periodsOf,
} from '../rules.ts';
import { defaultState, type State } from '../state.ts';
import { TEXTS } from '../texts.ts';
import {
  check,
  choice,
  metricName,
  option,
  words,
  type Change,
  type Control,
  type Option,
} from './controls.ts';

const MULTIPLIERS = [1, 100, 1_000, 10_000, 100_000, 1_000_000] as const;

/** Regions that the level's regions are parts of, by code. */
export type Parents = Readonly<Record<string, string>>;

/** What is counted, of which regions, and what becomes of the counts. */
export function figureControls(
  choropleth: Choropleth,
  parents: () => Parents,
  onChange: (change: Change) => void,
): { first: Control[]; more: Control[] } {
  const periods = (): Option[] => periodsOf(choropleth).map((period) => [period, words(period)]);
  const first = [
    choice(
      {
        name: 'metric',
        label: TEXTS.metric,
        options: () => choropleth.metrics.map((metric) => [metric.id, metricName(metric)]),
        value: ({ metric }) => metric,
        change: (metric) => ({ metric }),
      },
      onChange,
    ),
    choice(
      {
        name: 'level',
        label: TEXTS.level,
        isShown: () => choropleth.levels.length > 1,
        options: (state) => levels(choropleth, state),
        value: ({ level }) => level,
        change: (level, { options }) => {
          const { parent: _parent, scope: _scope, ...rest } = options; // codes of another level
          return { level, options: rest };
        },
      },
      onChange,
    ),
    choice(
      {
        name: 'parent',
        label: TEXTS.parent,
        isShown: (state) => hasParents(choropleth, state),
        options: ({ options }) => parentOptions(parents(), options.parent),
        value: ({ options }) => options.parent ?? '',
        change: (parent, state) => ({ ...option('parent', parent, state), camera: undefined }),
      },
      onChange,
    ),
  ];
  const more = [
    check(
      {
        name: 'scope',
        label: TEXTS.scope,
        isShown: ({ options }) => options.parent !== undefined,
        value: ({ options }) => options.scope === 'parent',
        change: (isOwn, state) => option('scope', isOwn ? 'parent' : '', state),
      },
      onChange,
    ),
    choice(
      {
        name: 'normalize',
        label: TEXTS.normalize,
        isWide: false,
        isShown: (state) => canNormalize(choropleth, state),
        options: () => normalizers(choropleth),
        value: ({ options }) => options.normalize ?? '',
        change: (by, state) => option('normalize', by, state),
      },
      onChange,
    ),
    choice(
      {
        name: 'multiplier',
        label: TEXTS.multiplier,
        isWide: false,
        isShown: ({ options }) => options.normalize !== undefined,
        options: () => MULTIPLIERS.map((factor) => [String(factor), factor.toLocaleString(TEXTS.locale)]),
        value: ({ options }) => options.multiplier ?? (options.normalize === 'share' ? '100' : '1'),
        change: (factor, state) => option('multiplier', factor, state),
      },
      onChange,
    ),
    choice(
      {
        name: 'change',
        label: TEXTS.change,
        isShown: () => canChange(choropleth),
        options: () => [
          ['', TEXTS.changes.none],
          ['abs', TEXTS.changes.abs],
          ['pct', TEXTS.changes.pct],
          ['ratio', TEXTS.changes.ratio],
        ],
        value: ({ options }) => options.change ?? '',
        change: (kind, state) => changed(choropleth, kind, state),
      },
      onChange,
    ),
    ...(['from', 'to'] as const).map((end) =>
      choice(
        {
          name: end,
          label: TEXTS[end],
          isWide: false,
          isShown: ({ options }) => options.change !== undefined,
          options: periods,
          value: ({ options }) => options[end] ?? '',
          change: (period, state) => option(end, period, state),
        },
        onChange,
      ),
    ),
  ];
  return { first, more };
}

/** A published figure cannot be added up to another level. */
function levels(choropleth: Choropleth, { metric }: State): Option[] {
  const isRefused = isPublished(choropleth, metric);
  return choropleth.levels.map((id, i): Option => {
    const name = choropleth.levelLabels[id] ?? id;
    return isRefused && i > 0 ? [id, TEXTS.levelRefused(name), true] : [id, name];
  });
}

/** Several parents at once come from an address; they stay until another choice is made. */
function parentOptions(parents: Parents, chosen: string | undefined): Option[] {
  const known = Object.entries(parents)
    .map(([code, name]): [string, string] => [code, name || code])
    .sort(([, a], [, b]) => a.localeCompare(b, TEXTS.locale));
  const other = chosen !== undefined && !known.some(([code]) => code === chosen) ? [chosen] : [];
  return [['', TEXTS.all], ...known, ...other.map((code): Option => [code, code])];
}

function normalizers({ denominators = [] }: Choropleth): Option[] {
  return [
    ['', TEXTS.normalizers.none],
    ...denominators.map((column): Option => [`per:${column}`, TEXTS.perColumn(words(column))]),
    ['area', TEXTS.normalizers.area],
    ['share', TEXTS.normalizers.share],
  ];
}

/** A change is between two periods: the first and the last to begin with. */
function changed(choropleth: Choropleth, kind: string, state: State): Change {
  const { change: _change, from, to, breaks: _breaks, ...others } = state.options;
  const periods = periodsOf(choropleth);
  if (kind !== '') {
    const ends = { from: from ?? periods[0] ?? '', to: to ?? periods.at(-1) ?? '' };
    return { options: { ...others, change: kind, ...ends } };
  }
  return { options: others, ...rampWithout(choropleth, { ...state, options: others }) };
}

/** Where nothing is at the centre any more, the ramp that was there for it goes. */
export function rampWithout(choropleth: Choropleth, state: State): Change {
  const isLeft = state.scheme === DIVERGING_DEFAULT && !hasCenter(state);
  return isLeft ? { scheme: defaultState(choropleth).scheme } : {};
}
