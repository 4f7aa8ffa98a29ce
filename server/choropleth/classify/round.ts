import { MAX_CLASSES, type ProposedBreaks } from './types.ts';

/**
 * Round breaks on a linear scale, placed as by R's `pretty()` (Becker, Chambers & Wilks 1988, "The New S
 * Language"; biases 1.5 and 2.75): multiples of 1, 2 or 5 times a power of ten that cover the range.
 *
 * @param classes about how many intervals are wanted; the result has at most 9
 */
export function prettyBreaks(min: number, max: number, classes: number): ProposedBreaks {
  for (let wanted = classes; ; wanted--) {
    const { unit, power } = prettyUnit((max - min) / wanted);
    const size = unit * 10 ** power;
    // Bounds that miss a multiple by rounding only are taken to be on it, as R does.
    const first = Math.floor(min / size + 1e-10);
    const last = Math.ceil(max / size - 1e-10);
    if (last - first > MAX_CLASSES && wanted > 1) continue;
    const multiples = Array.from({ length: Math.min(last - first, MAX_CLASSES) + 1 }, (_, i) =>
      decimal((first + i) * unit, power),
    );
    return withinBounds(multiples, min, max);
  }
}

/** The step nearest to `cell` among 1, 2, 5 and 10 times a power of ten, with R's bias to larger ones. */
function prettyUnit(cell: number): { unit: number; power: number } {
  // Beyond 10^±300 the powers themselves would leave the range of floats.
  const power = Math.min(300, Math.max(-300, Math.floor(Math.log10(cell))));
  const c = cell / 10 ** power;
  if (10 - c < 1.5 * (c - 5)) return { unit: 10, power };
  if (5 - c < 2.75 * (c - 2)) return { unit: 5, power };
  if (2 - c < 1.5 * (c - 1)) return { unit: 2, power };
  return { unit: 1, power };
}

/** `mantissa × 10^power` as the float nearest to that decimal: 3 / 10 is 0.3, 3 * 0.1 is not. */
function decimal(mantissa: number, power: number): number {
  return power < 0 ? mantissa / 10 ** -power : mantissa * 10 ** power;
}

function withinBounds(ascending: readonly number[], min: number, max: number): ProposedBreaks {
  return {
    inner: ascending.slice(1, -1),
    lower: Math.min(min, ascending[0]!),
    upper: Math.max(max, ascending.at(-1)!),
  };
}

/** Rounds of a decade from coarse to fine: nearly even on a log scale and easy to read. */
const DECADES = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]];

/**
 * Round breaks on a logarithmic scale: powers of ten, or round parts of decades where the range is short,
 * whichever gives a number of classes nearest to the wanted one and at most 9. A range too short for any of
 * them is nearly linear, so it gets linear round breaks.
 *
 * @param min greater than 0
 */
export function logBreaks(min: number, max: number, classes: number): ProposedBreaks {
  const ranges = [...powers(), ...DECADES.map((decade) => ({ decade, every: 1 }))]
    .map(({ decade, every }) => roundRange(min, max, decade, every))
    .filter((range) => range.length > 2 && range.length - 1 <= MAX_CLASSES);
  if (ranges.length === 0) return prettyBreaks(min, max, classes);
  const miss = (range: readonly number[]) => Math.abs(range.length - 1 - classes);
  return withinBounds(
    ranges.reduce((best, range) => (miss(range) < miss(best) ? range : best)),
    min,
    max,
  );
}

/** Steps of many decades at once, for data that span more than nine of them. */
function powers(): { decade: number[]; every: number }[] {
  return [100, 50, 20, 10, 5, 3, 2].map((every) => ({ decade: [1], every }));
}

/** The round numbers around and between `min` and `max`, from the last `<= min` to the first `>= max`. */
function roundRange(min: number, max: number, decade: readonly number[], every: number): number[] {
  const first = Math.floor(Math.floor(Math.log10(min)) / every - 1) * every;
  const numbers: number[] = [];
  for (let power = first; ; power += every) {
    for (const mantissa of decade) {
      const value = Number(`${mantissa}e${power}`);
      if (value <= min) numbers.length = 0;
      numbers.push(value);
      if (value >= max) return numbers;
    }
  }
}
