export interface Bar {
  label: string;
  /** Milliseconds. */
  value: number;
  ours: boolean;
}

const WIDTH = 720;
const ROW = 24;
const LEFT = 230;

/** Horizontal bars on a logarithmic scale, grouped by scenario: medians, shorter is better. */
export function barChart(title: string, groups: readonly { name: string; bars: readonly Bar[] }[]): string {
  const values = groups.flatMap((group) => group.bars.map((bar) => bar.value)).filter((value) => value > 0);
  const [low, high] = [Math.log10(Math.min(...values, 0.1)), Math.log10(Math.max(...values, 1))];
  const length = (value: number): number =>
    Math.max(2, ((Math.log10(Math.max(value, 0.001)) - low) / (high - low || 1)) * (WIDTH - LEFT - 90));
  let y = 48;
  const parts: string[] = [];
  for (const { name, bars } of groups) {
    parts.push(`<text x="12" y="${y + 15}" font-weight="600">${escape(name)}</text>`);
    y += ROW;
    for (const { label, value, ours } of bars) {
      const end = LEFT + length(value);
      parts.push(
        `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${escape(label)}</text>`,
        `<rect x="${LEFT}" y="${y + 3}" width="${(end - LEFT).toFixed(1)}" height="${ROW - 8}" rx="2" fill="${ours ? '#b10026' : '#a8a8a0'}"/>`,
        `<text x="${(end + 6).toFixed(1)}" y="${y + 15}">${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms</text>`,
      );
      y += ROW;
    }
    y += 8;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 8}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="12" y="26" font-size="16" font-weight="600">${escape(title)}</text>
${parts.join('\n')}
</svg>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
