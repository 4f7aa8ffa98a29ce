/** Sorted copy, for percentiles. */
export function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The nearest-rank percentile, `p` from 0 to 100. */
export function percentile(values: readonly number[], p: number): number {
  const all = sorted(values);
  return all[Math.max(0, Math.ceil((p / 100) * all.length) - 1)] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

export function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}×`;
}

const IN_COLOUR = process.stdout.isTTY || process.env.FORCE_COLOR !== undefined;

const printed: { title: string; rows: readonly (readonly string[])[] }[] = [];

/** Every table of this run, for `--json`. */
export function tables(): readonly object[] {
  return printed;
}

/** Prints rows as a table, the first row as its head; those named by `red` in red. */
export function table(
  title: string,
  rows: readonly (readonly string[])[],
  red: ReadonlySet<number> = new Set(),
): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  printed.push({ title, rows });
  console.log(`\n${title}`);
  for (const [i, row] of rows.entries()) {
    const line = `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`;
    console.log(red.has(i) && IN_COLOUR ? `\u001b[31m${line}\u001b[39m` : line);
    if (i === 0) console.log(`  ${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  }
}
