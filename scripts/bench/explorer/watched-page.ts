import type { Browser, CDPSession, Page } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPage } from '../../../test/web/browser.ts';

/** What a choice took, in ms: the documents, what the page made of them, and the map. */
export interface Taken {
  network: number;
  script: number;
  paint: number;
  total: number;
}

/** In the page: when the map began to draw and when it was done, and what each move of the pointer took. */
const WATCH = `
  window.watched = { busy: [], hovers: [] };
  new MutationObserver((records) => {
    for (const { target } of records)
      if (target.classList.contains('map'))
        window.watched.busy.push({ at: performance.now(), isBusy: target.getAttribute('aria-busy') === 'true' });
  }).observe(document, { subtree: true, attributeFilter: ['aria-busy'] });
  let moved = 0;
  addEventListener('mousemove', ({ timeStamp }) => { moved = timeStamp; }, { capture: true });
  new MutationObserver((records) => {
    const began = moved;
    if (records.some(({ target }) => target.classList.contains('tooltip')))
      requestAnimationFrame(() => window.watched.hovers.push(performance.now() - began));
  }).observe(document, { subtree: true, attributeFilter: ['data-code'] });`;

/**
 * In the page: changes a control as a reader does, and waits until the map is drawn. A choice begins to be drawn when the map is told
 * of it, after the last document came.
 */
const CHOOSE = `async ({ selector, value }) => {
  const control = document.querySelector(selector);
  if (!control) throw new Error('no control ' + selector);
  const { busy } = window.watched;
  const from = busy.length;
  performance.clearResourceTimings();
  const began = performance.now();
  if (control.type === 'radio' || control.type === 'checkbox') control.click();
  else {
    control.value = value;
    control.dispatchEvent(new Event(control.type === 'range' ? 'input' : 'change', { bubbles: true }));
  }
  const last = () => busy.slice(from).findLast(({ isBusy }) => !isBusy);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const done = last();
    if (done && performance.now() - done.at > 150 && !busy.at(-1).isBusy) break;
    if (performance.now() - began > 60000) throw new Error('nothing was drawn after ' + selector + ' = ' + value);
  }
  const documents = performance.getEntriesByType('resource')
    .filter(({ name }) => /values\\.json|classes\\.json|style\\.json/.test(name) && name.includes('/gis/'));
  const shown = busy.slice(from).find(({ isBusy }) => isBusy).at;
  const came = Math.max(began, ...documents.map(({ responseEnd }) => responseEnd).filter((at) => at <= shown));
  const done = busy.slice(from).find(({ isBusy, at }) => !isBusy && at >= shown).at;
  return { network: came - began, script: shown - came, paint: done - shown, total: done - began };
}`;

/** In the page: scrolls the table from end to end, and counts the frames in which there was no row where one belongs. */
const SCROLL = `async () => {
  const list = document.querySelector('.table-scroll');
  const step = list.scrollHeight / 200;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const frames = [];
  let gaps = 0;
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    list.scrollTop = i * step;
    await frame();
    const { top, bottom } = list.getBoundingClientRect();
    const rows = [...list.querySelectorAll('[role=row]')].map((row) => row.getBoundingClientRect());
    const high = rows.reduce((sum, row) => sum + Math.max(0, Math.min(bottom, row.bottom) - Math.max(top, row.top)), 0);
    if (high < Math.min(bottom - top, list.scrollHeight - list.scrollTop) - 2) gaps++;
    frames.push(performance.now() - began);
  }
  return { gaps, frames };
}`;

/** The explorer in a browser, and what is measured there. */
export class WatchedPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly #browser: Browser;
  readonly #session: CDPSession;

  private constructor(page: Page, requests: readonly string[], browser: Browser, session: CDPSession) {
    this.page = page;
    this.requests = requests;
    this.#browser = browser;
    this.#session = session;
  }

  static async open(browser: Browser, address: string): Promise<WatchedPage> {
    const { page, requests } = await openPage(browser, {}, { world: true });
    await page.addInitScript(WATCH);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const watched = new WatchedPage(page, requests, browser, session);
    await page.goto(address);
    await watched.#until('window.watched.busy.some(({ isBusy }) => !isBusy)');
    return watched;
  }

  /** From the click on a link to the first map, in ms. */
  firstMap(): Promise<number> {
    return this.page.evaluate('window.watched.busy.find(({ isBusy }) => !isBusy).at');
  }

  /** The world under the map is there, and nothing goes on. */
  async settled(): Promise<number> {
    await this.#until(
      '!window.watched.busy.at(-1).isBusy && performance.now() - window.watched.busy.at(-1).at > 1500',
    );
    return this.page.evaluate('window.watched.busy.at(-1).at');
  }

  choose(selector: string, value = ''): Promise<Taken> {
    return this.page.evaluate(`(${CHOOSE})(${JSON.stringify({ selector, value })})`);
  }

  /** Moves the pointer over the map; ms from each move to the frame that shows what is under it. */
  async hover(moves: number): Promise<number[]> {
    const box = await this.page.locator('.map').boundingBox();
    if (!box) throw new Error('there is no map');
    await this.page.evaluate('void (window.watched.hovers.length = 0)');
    for (let i = 0; i < moves; i++) {
      const [x, y] = [0.3 + 0.4 * ((i * 0.137) % 1), 0.3 + 0.4 * ((i * 0.311) % 1)];
      await this.page.mouse.move(box.x + box.width * x, box.y + box.height * y);
      await this.page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
      );
    }
    return this.page.evaluate('window.watched.hovers');
  }

  scroll(): Promise<{ gaps: number; frames: number[] }> {
    return this.page.evaluate(`(${SCROLL})()`);
  }

  /** Bytes of the scripts' heap, and of the whole process that draws the page. */
  async memory(): Promise<{ heap: number; process: number }> {
    await this.#session.send('HeapProfiler.collectGarbage');
    const { metrics } = await this.#session.send('Performance.getMetrics');
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN;
    const browser = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    await browser.detach();
    const sizes = await Promise.all(
      processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentBytes(id)),
    );
    return { heap, process: Math.max(...sizes) };
  }

  /** The policy of the page allows no function of a text, so it is asked again and again. */
  async #until(condition: string): Promise<void> {
    while (!(await this.page.evaluate<boolean>(condition))) await sleep(50);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
