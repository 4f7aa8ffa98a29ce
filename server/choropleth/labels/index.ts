export { formatNumber, LOCALES, type Locale, type NumberStyle } from './numbers.ts';
export { rangeLabels, type LabelledClass, type RangeLabels } from './ranges.ts';
