export interface Panel {
  name: string;
  unit: 'ms' | 'MB';
}

export interface Row {
  label: string;
  /** One for each panel, in its unit; undefined where it was not measured. */
  values: readonly (number | undefined)[];
  ours: boolean;
}

const LINE = 19;
const LEFT = 168;
const PANEL = 236;
/** Room for the number behind a bar. */
const NUMBER = 62;
const MARGIN = 16;
/** Top of the first group. */
const TOP = 66;

/** Its own background, so that it can be read on any page; darker where the reader's system is. */
const STYLE = `
  .page { fill: #ffffff; stroke: #d0d0c8 } text { fill: #26262b } .bar { fill: #a3a39b } .ours { fill: #b10026 }
  .scale { stroke: #d0d0c8 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #1c1d21; stroke: #46474d } text { fill: #e6e6e3 } .bar { fill: #85867f } .ours { fill: #fd8d3c }
    .scale { stroke: #46474d }
  }`;

/** Panels of horizontal bars side by side; those of one unit have the same logarithmic scale. Shorter is better. */
export function barChart(
  title: string,
  panels: readonly Panel[],
  groups: readonly { name: string; rows: readonly Row[] }[],
): string {
  const rows = groups.flatMap((group) => group.rows);
  const scales = panels.map(({ unit }) => scaleOf(rows, panels, unit));
  const left = (panel: number): number => LEFT + panel * PANEL;
  const parts = panels.map(
    ({ name }, i) => `<text x="${left(i)}" y="52" font-weight="600">${escape(name)}</text>`,
  );
  let y = TOP;
  for (const { name, rows } of groups) {
    parts.push(`<text x="${MARGIN}" y="${y + 14}" font-weight="600">${escape(name)}</text>`);
    const top = (y += LINE);
    for (const { label, values: measured, ours } of rows) {
      parts.push(`<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escape(label)}</text>`);
      measured.forEach((value, i) =>
        parts.push(bar(left(i), y, value, panels[i]?.unit ?? '', scales[i]?.(value ?? 0) ?? 0, ours)),
      );
      y += LINE;
    }
    parts.push(
      ...panels.map(
        (_, i) => `<line class="scale" x1="${left(i)}" x2="${left(i)}" y1="${top}" y2="${y - 2}"/>`,
      ),
    );
    y += 8;
  }
  const [width, height] = [left(panels.length) + MARGIN, y + 8];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
<text x="${MARGIN}" y="27" font-size="15" font-weight="600">${escape(title)}</text>
${parts.join('\n')}
</svg>
`;
}

/** Length of a value's bar, in pixels. */
function scaleOf(
  rows: readonly Row[],
  panels: readonly Panel[],
  unit: Panel['unit'],
): (value: number) => number {
  const values = rows
    .flatMap((row) => row.values.filter((_, i) => panels[i]?.unit === unit))
    .filter((value) => value !== undefined && value > 0) as number[];
  const low = Math.log10(Math.min(...values)) - 0.2;
  const high = Math.log10(Math.max(...values));
  return (value) =>
    Math.max(2, ((Math.log10(Math.max(value, 1e-6)) - low) / (high - low || 1)) * (PANEL - NUMBER));
}

function bar(
  x: number,
  y: number,
  value: number | undefined,
  unit: string,
  length: number,
  ours: boolean,
): string {
  if (value === undefined) return `<text x="${x + 4}" y="${y + 13}">–</text>`;
  const text = `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ${unit}`;
  return `<rect class="${ours ? 'ours' : 'bar'}" x="${x}" y="${y + 3}" width="${length.toFixed(1)}" height="${LINE - 6}"/><text x="${(x + length + 5).toFixed(1)}" y="${y + 13}">${text}</text>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
