import type { Browser, Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapDrawn, openPage } from '../../../test/web/browser.ts';

/** The explorer over the middle of one region, and that region's code. */
const HASH = '#/facts?.map=5/2/4';
const MIDDLE = 'R263';

interface Seen {
  /** Milliseconds since 1970. */
  at: number;
  color: string;
}

/**
 * In the page: keeps what WebGL has drawn, and notes at every frame when the colour of the middle of the map
 * changes.
 */
const WATCH = `
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, options) {
    return getContext.call(this, kind, kind.startsWith('webgl') ? { ...options, preserveDrawingBuffer: true } : options);
  };
  window.seen = [];
  const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const look = () => {
    const canvas = document.querySelector('.maplibregl-canvas');
    if (canvas && canvas.width > 0) {
      pixel.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
      const [r, g, b] = pixel.getImageData(0, 0, 1, 1).data;
      const color = '#' + [r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('');
      if (window.seen.at(-1)?.color !== color) {
        window.seen.push({ at: performance.timeOrigin + performance.now(), color });
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);`;

/** The explorer in a real browser, and what colour one region has had there. */
export class WatchedMap {
  readonly #page: Page;
  readonly requests: readonly string[];
  readonly #server: string;

  private constructor(page: Page, requests: readonly string[], server: string) {
    this.#page = page;
    this.requests = requests;
    this.#server = server;
  }

  static async open(browser: Browser, server: string): Promise<WatchedMap> {
    const { page, requests } = await openPage(browser);
    await page.addInitScript(WATCH);
    await page.goto(`${server}/${HASH}`);
    await mapDrawn(page);
    return new WatchedMap(page, requests, server);
  }

  /** The colour that the server gives to the region now. */
  async expected(): Promise<string> {
    const url = `${this.#server}/gis/choropleth/facts`;
    const of = async (form: string): Promise<unknown> => (await fetch(`${url}/${form}`)).json();
    const { rows } = (await of('values.json')) as { rows: (string | number)[][] };
    const { classes } = (await of('classes.json')) as { classes: { id: number; color: string }[] };
    const row = rows.find(([code]) => code === MIDDLE);
    return classes.find(({ id }) => id === row?.[6])?.color ?? '';
  }

  /** When the map came to show the colour that it shows now, once that is `color`. */
  async shown(color: string): Promise<number> {
    for (;;) {
      const last = await this.#page.evaluate<Seen | undefined>('window.seen.at(-1)');
      if (last?.color === color) return last.at;
      await sleep(10);
    }
  }
}
