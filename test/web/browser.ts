import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { projectPath } from '../../server/tools/paths.ts';

const CHROMIUM = '/usr/bin/chromium';

/** A map drawn in software on a busy machine takes its time; the runner's limit is the one that counts. */
const PATIENCE_MS = 170_000;

/** Why the tests in a browser cannot run here; undefined where they can. */
export const noBrowser: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `there is no browser at ${CHROMIUM}`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // WebGL in software.
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });
}

/**
 * Tests of the explorer, built anew, in a browser, which one database is enough for: the runner says where two
 * run. `browser` gives the browser once the tests run.
 */
export function inBrowser(title: string, tests: (browser: () => Browser) => void): void {
  if (process.env.TEST_ONCE === 'elsewhere') return;
  describe(title, function () {
    let browser: Browser;

    before(async function () {
      if (noBrowser !== undefined) {
        console.log(`    skipped: ${noBrowser}`);
        this.skip();
      }
      await buildExplorer();
      browser = await launchBrowser();
    });
    after(() => browser?.close());

    tests(() => browser);
  });
}

/**
 * Builds the explorer to where the server sends it from: a test of an older build would test nothing. The
 * runner has done it already, as it must not happen while other tests are being served from there.
 */
export async function buildExplorer(): Promise<void> {
  if (process.env.TEST_EXPLORER === 'built') return;
  const vite = projectPath('node_modules', 'vite', 'bin', 'vite.js');
  await promisify(execFile)(process.execPath, [vite, 'build', 'web'], { cwd: projectPath() });
}

export interface WatchedPage {
  page: Page;
  /** Errors of the console, uncaught errors and what the content security policy refused. */
  errors: string[];
  /** Addresses of all requests. */
  requests: string[];
}

/** Maps that cannot have the world under them do without: drawing it in software takes half of a page's time. */
const WITHOUT_WORLD = `{
  const ask = window.fetch;
  window.fetch = (what, how) =>
    String(what).startsWith('base/') ? Promise.reject(new TypeError('no world here')) : ask(what, how);
}`;

/**
 * A page in a context of its own that remembers what went wrong in it; its maps have the base map of the
 * world only where a test wants that.
 */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
  { world = false } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  if (!world) await page.addInitScript(WITHOUT_WORLD);
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (e) => console.error('policy refused ' + e.blockedURI))`,
  );
  return { page, errors, requests };
}

/** Waits until the map is drawn and nothing is being loaded for it. */
export async function mapDrawn(page: Page): Promise<void> {
  await page.locator('.loading-bar').waitFor({ state: 'hidden' });
  await page.locator('.map[aria-busy="false"]').waitFor();
}

/** Colours of points of the page as `#rrggbb`, from one picture of it. */
export async function colorsAt(page: Page, points: readonly { x: number; y: number }[]): Promise<string[]> {
  const png = (await page.screenshot()).toString('base64');
  const read = `async ({ png, points }) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + png;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return points.map(({ x, y }) => {
      const [r, g, b] = canvas.getImageData(x, y, 1, 1).data;
      return '#' + [r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('');
    });
  }`;
  return page.evaluate(`(${read})(${JSON.stringify({ png, points })})`);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with the page as it is now: rules with the elements. */
export async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`);
}
