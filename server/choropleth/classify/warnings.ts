import type { Warning } from './types.ts';

/** What a reader of the map should know about how its classes came about. One sentence each. */
export const WARNINGS = {
  noValues: (): Warning => ({ code: 'no_values', message: 'There are no values to place breaks between.' }),
  constant: (value: number): Warning => ({
    code: 'constant',
    message: `All values are ${value}, so there is one class.`,
  }),
  classesReduced: (distinct: number, aimed: number, requested: number): Warning => ({
    code: 'classes_reduced',
    message: `There are only ${distinct} distinct values, so ${aimed} classes were aimed for, not ${requested}.`,
  }),
  breaksCollapsed: (count: number): Warning => ({
    code: 'breaks_collapsed',
    message: `${breaks(count)} repeated another one and ${were(count)} left out.`,
  }),
  breaksOutsideData: (count: number): Warning => ({
    code: 'breaks_outside_data',
    message: `${breaks(count)} lay outside the data and ${were(count)} left out.`,
  }),
  emptyClasses: (count: number): Warning => ({
    code: 'empty_classes',
    message: count === 1 ? 'One class holds no value.' : `${count} classes hold no value.`,
  }),
  valuesAboveBreaks: (upper: number): Warning => ({
    code: 'values_above_breaks',
    message: `There are values above the last break, so a class up to ${upper} was added.`,
  }),
};

function breaks(count: number): string {
  return count === 1 ? 'One break' : `${count} breaks`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}
