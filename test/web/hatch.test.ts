import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { noDataColor, ramp, SCHEMES } from '../../server/choropleth/color/index.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { HATCH_INK } from '../../web/src/map/hatch.ts';

const LEAST_CONTRAST = 3;

/** Relative luminance of WCAG 2. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('regions without data on the page', () => {
  for (const theme of ['light', 'dark'] as const) {
    const cases = SCHEMES.filter(({ kind }) => kind !== 'qualitative').flatMap(({ name }) =>
      [2, 3, 4, 5, 6, 7, 8, 9].flatMap((classes) =>
        [false, true].map((reverse) => ({ name, colors: ramp(name, classes, { reverse }) })),
      ),
    );

    it(`are dotted so that each scheme's dots are seen in the ${theme}`, () => {
      for (const { name, colors } of cases) {
        const dots = contrast(HATCH_INK[theme], noDataColor(theme, colors));
        assert.ok(dots >= LEAST_CONTRAST, `${name}: ${dots}`);
      }
    });
  }

  it('have dots of one colour on the map and in the legend', () => {
    const css = readFileSync(projectPath('web', 'src', 'styles', 'tokens.css'), 'utf8');
    assert.ok(css.includes(`--hatch: light-dark(${HATCH_INK.light}, ${HATCH_INK.dark});`));
  });
});
