import type { Choropleth } from '../api.ts';
import { canPair, canSmooth, pairable } from '../rules.ts';
import { VIEWS, type View } from '../state.ts';
import { TEXTS } from '../texts.ts';
import { check, choice, metricName, viewOption, type Change, type Control, type Option } from './controls.ts';

/** Ramps whose mixtures can be told apart; the first is the API's own choice. */
const RAMPS = ['Oranges,Blues', 'Reds,Blues', 'Purples,Greens', 'PuRd,Greens', 'YlOrBr,PuBu'] as const;
const ALPHAS = ['0.01', '0.05', '0.1'] as const;
const TESTS = ['99', '999', '9999'] as const;

/** Which way the figures are looked at, and what that way can be told. */
export function viewControls(choropleth: Choropleth, onChange: (change: Change) => void): Control[] {
  return [
    choice(
      {
        name: 'view',
        label: TEXTS.view,
        options: (state) =>
          VIEWS.filter(
            (view) =>
              view === state.view ||
              (view === 'smooth'
                ? canSmooth(choropleth, state)
                : view !== 'pairs' || canPair(choropleth, state)),
          ).map((view): Option => [view, TEXTS.views[view]]),
        value: ({ view }) => view,
        change: (view) => ({ view: view as View, viewOptions: {} }),
      },
      onChange,
    ),
    choice(
      {
        name: 'second',
        label: TEXTS.second,
        isShown: ({ view }) => view === 'pairs',
        options: (state) => pairable(choropleth, state).map((metric) => [metric.id, metricName(metric)]),
        value: ({ viewOptions }) => viewOptions.with ?? '',
        change: (id, state) => viewOption('with', id, state),
      },
      onChange,
    ),
    choice(
      {
        name: 'ramps',
        label: TEXTS.ramps,
        isWide: false,
        isShown: ({ view }) => view === 'pairs',
        options: () => RAMPS.map((ramps) => [ramps, ramps.replace(',', ' × ')]),
        value: ({ viewOptions }) => viewOptions.ramps ?? RAMPS[0],
        change: (ramps, state) => viewOption('ramps', ramps === RAMPS[0] ? '' : ramps, state),
      },
      onChange,
    ),
    choice(
      {
        name: 'dim',
        label: TEXTS.dim,
        isWide: false,
        isShown: ({ view }) => view === 'pairs',
        options: () => ['2', '3', '4'].map((dim) => [dim, dim]),
        value: ({ viewOptions }) => viewOptions.dim ?? '3',
        change: (dim, state) => viewOption('dim', dim === '3' ? '' : dim, state),
      },
      onChange,
    ),
    choice(
      {
        name: 'tests',
        label: TEXTS.tests,
        isWide: false,
        isShown: ({ view }) => view === 'clusters',
        options: () => TESTS.map((tests) => [tests, Number(tests).toLocaleString(TEXTS.locale)]),
        value: ({ viewOptions }) => viewOptions.tests ?? '999',
        change: (tests, state) => viewOption('tests', tests === '999' ? '' : tests, state),
      },
      onChange,
    ),
    choice(
      {
        name: 'alpha',
        label: TEXTS.alpha,
        isWide: false,
        isShown: ({ view }) => view === 'clusters',
        options: () =>
          ALPHAS.map((alpha) => [alpha, Number(alpha).toLocaleString(TEXTS.locale, { style: 'percent' })]),
        value: ({ viewOptions }) => viewOptions.alpha ?? '0.05',
        change: (alpha, state) => viewOption('alpha', alpha === '0.05' ? '' : alpha, state),
      },
      onChange,
    ),
    check(
      {
        name: 'eb',
        label: TEXTS.smoothFirst,
        isShown: (state) => state.view === 'clusters' && canSmooth(choropleth, state),
        value: ({ viewOptions }) => viewOptions.eb === 'true',
        change: (isSmooth, state) => viewOption('eb', isSmooth ? 'true' : '', state),
      },
      onChange,
    ),
  ];
}
