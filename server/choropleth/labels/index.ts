export { formatNumber, LOCALES, withDigits, type Locale, type NumberStyle } from './numbers.ts';
export { rangeLabels, type LabelledClass, type RangeLabels } from './ranges.ts';
