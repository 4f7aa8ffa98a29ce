/** What somebody changes: a control and the value that it is given. */
export interface Choice {
  kind: string;
  selector: string;
  value?: string;
}

const select = (name: string, value: string): Choice => ({
  kind: name,
  selector: `select[name="${name}"]`,
  value,
});
const METHODS = ['equal', 'jenks', 'stddev', 'headtail', 'pretty', 'geometric', 'maxbreaks', 'quantile'];
const COUNTS = ['3', '4', '5', '6', '8', '9', '7'];
const SCHEMES = ['Blues', 'Greens', 'Purples', 'Reds', 'BuGn', 'PuBu', 'YlGnBu', 'RdPu', 'OrRd', 'YlOrRd'];

/** On 3,143 counties: methods, counts of classes, schemes. */
export const COUNTY_CHOICES: readonly Choice[] = [
  ...METHODS.map((value) => select('method', value)),
  ...COUNTS.map((value) => select('classes', value)),
  ...SCHEMES.map((value) => ({ kind: 'scheme', selector: `input[name="scheme"][value="${value}"]` })),
  select('method', 'jenks'),
  ...COUNTS.map((value) => select('classes', value)),
  ...SCHEMES.map((value) => ({ kind: 'scheme', selector: `input[name="scheme"][value="${value}"]` })),
];

/** On provinces, which have several metrics, periods and a dimension to filter by. */
export const PROVINCE_CHOICES: readonly Choice[] = [
  ...['pct_miskin', 'pct_sangat_miskin', 'avg_skor', 'total_santri'].map((value) => select('metric', value)),
  ...['1', '2', '3', '0'].map((value) => ({
    kind: 'period',
    selector: '.period-bar input[type="range"]',
    value,
  })),
  ...[0, 1, 2, 0].map((index) => ({
    kind: 'filter',
    selector: `.settings .picker .check:nth-child(${index + 1}) input[type="checkbox"]`,
  })),
  ...METHODS.map((value) => select('method', value)),
];
