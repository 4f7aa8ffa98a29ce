import { MAX_CLASSES, METHODS, MIN_CLASSES } from '../../../server/choropleth/classify/types.ts';
import type { Choropleth } from '../api.ts';
import { canShareBreaks, periodsOf } from '../rules.ts';
import { isManual, type State } from '../state.ts';
import { TEXTS } from '../texts.ts';
import { choice, entry, option, words, type Change, type Control, type Option } from './controls.ts';
import { rampWithout } from './figure-controls.ts';

/** Methods that place as many breaks as they do, whatever number of classes is asked for. */
const OWN_CLASSES: readonly string[] = ['boxplot', 'manual'];

const ofClasses = ({ view }: State): boolean => view === 'classes' || view === 'smooth';

/** How the classes are made, and how they are coloured where that depends on the figures. */
export function classControls(
  choropleth: Choropleth,
  onChange: (change: Change) => void,
): { first: Control[]; more: Control[] } {
  const first = [
    choice(
      {
        name: 'method',
        label: TEXTS.method,
        isWide: false,
        isShown: ofClasses,
        options: (state) => methods(choropleth, state),
        value: ({ method }) => method,
        change: (method, state) => ({ method, ...(isManual(state) ? option('breaks', '', state) : {}) }),
      },
      onChange,
    ),
    choice(
      {
        name: 'classes',
        label: TEXTS.classes,
        isWide: false,
        isShown: ofClasses,
        options: ({ method }) => (OWN_CLASSES.includes(method) ? [['', '–']] : COUNTS),
        value: ({ method, classes }) => (OWN_CLASSES.includes(method) ? '' : String(classes)),
        change: (classes) => ({ classes: Number(classes) }),
      },
      onChange,
    ),
  ];
  const more = [
    choice(
      {
        name: 'breaks-from',
        label: TEXTS.breaksFrom,
        isShown: (state) => ofClasses(state) && !isManual(state) && canShareBreaks(choropleth, state),
        options: () => [
          ['', TEXTS.breaksChoices['per-period']],
          ['pooled', TEXTS.breaksChoices.pooled],
          ...periodsOf(choropleth).map((period): Option => [
            `shared:${period}`,
            TEXTS.sharedBreaks(words(period)),
          ]),
        ],
        value: ({ options }) => (options.breaks === 'per-period' ? '' : (options.breaks ?? '')),
        change: (breaks, state) => option('breaks', breaks, state),
      },
      onChange,
    ),
    entry(
      {
        name: 'isolate',
        label: TEXTS.isolate,
        hint: TEXTS.isolateHint,
        isShown: ofClasses,
        value: ({ options }) =>
          options.isolate?.replace('none', '') ?? (choropleth.classify.isolate ?? []).join(', '),
        change: (text, state) => option('isolate', isolated(text, choropleth), state),
      },
      onChange,
    ),
    choice(
      {
        name: 'center',
        label: TEXTS.center,
        isWide: false,
        isShown: ofClasses,
        options: ({ options }) => [
          ['', options.change === undefined ? TEXTS.centers.none : options.change === 'ratio' ? '1' : '0'],
          ['mean', TEXTS.centers.mean],
          ['median', TEXTS.centers.median],
          ['number', TEXTS.centers.number],
        ],
        value: ({ options: { center = '' } }) => (isWord(center) ? center : 'number'),
        change: (center, state) => centered(choropleth, center === 'number' ? '0' : center, state),
      },
      onChange,
    ),
    entry(
      {
        name: 'center-number',
        label: TEXTS.centerNumber,
        isShown: (state) => ofClasses(state) && !isWord(state.options.center ?? ''),
        value: ({ options }) => options.center ?? '',
        change: (center, state) => centered(choropleth, center, state),
      },
      onChange,
    ),
  ];
  return { first, more };
}

const COUNTS = Array.from({ length: MAX_CLASSES - MIN_CLASSES + 1 }, (_, i): Option => {
  const count = String(MIN_CLASSES + i);
  return [count, count];
});

const isWord = (center: string): boolean => ['', 'mean', 'median'].includes(center);

/** `manual` needs breaks: those of the configuration, or somebody's own. */
function methods({ classify }: Choropleth, state: State): Option[] {
  const isOwn = isManual(state);
  return METHODS.filter((method) => method !== 'manual' || isOwn || classify.method === 'manual').map(
    (method) => [method, method === 'manual' && isOwn ? TEXTS.ownBreaks : TEXTS.methods[method]],
  );
}

/** None where the configuration has some has to be said. */
function isolated(text: string, { classify }: Choropleth): string {
  const values = text.replaceAll(/[\s;]+/g, '').replace(/,$/, '');
  const configured = (classify.isolate ?? []).join();
  if (values === configured) return '';
  return values === '' ? 'none' : values;
}

function centered(choropleth: Choropleth, center: string, state: State): Change {
  const changed = option('center', center.replace(',', '.'), state);
  return { ...changed, ...rampWithout(choropleth, { ...state, ...changed }) };
}
