import { mkdirSync } from 'node:fs';
import { chromium, type BrowserContextOptions } from 'playwright-core';
import { projectPath } from '../server/tools/paths.ts';

/**
 * Pictures of the explorer for the README, from a running server with the demo data:
 *
 *     npx tsx scripts/screenshots.ts http://127.0.0.1:3000
 */
const [address = 'http://127.0.0.1:3000'] = process.argv.slice(2);
const OUT = projectPath('docs', 'images');

const WIDE: BrowserContextOptions = { viewport: { width: 1360, height: 860 } };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
};

const PICTURES: readonly { name: string; hash: string; options: BrowserContextOptions }[] = [
  { name: 'explorer-light', hash: '#/us-unemployment', options: { ...WIDE, colorScheme: 'light' } },
  {
    name: 'explorer-dark',
    hash: '#/santri-provinsi?.view=pairs&.with=pct_miskin',
    options: { ...WIDE, colorScheme: 'dark' },
  },
  { name: 'explorer-phone', hash: '#/us-points', options: { ...PHONE, colorScheme: 'light' } },
  {
    name: 'explorer-phone-dark',
    hash: '#/santri-provinsi?tahun=2024&.region=ID-JI',
    options: { ...PHONE, colorScheme: 'dark', locale: 'id-ID' },
  },
];

mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
for (const { name, hash, options } of PICTURES) {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(`${address}/${hash}`);
  // The world comes under the map once that is painted.
  await page.waitForResponse((response) => response.url().includes('/base/glyphs/'));
  await page.locator('.map[aria-busy="false"]').waitFor();
  await page.locator('.advice').waitFor({ state: 'attached' });
  await page.screenshot({ path: `${OUT}/${name}.png` });
  await context.close();
}
await browser.close();
