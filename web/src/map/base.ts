import type { StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';
import { currentTheme, onTheme as whenTheme } from '../theme.ts';
import { firstPainted } from './painted.ts';

/** The world under the regions, asked for once for each theme. Where it cannot be had, maps do without. */
export class BaseMap {
  readonly #styles = new Map<Theme, StyleSpecification>();
  readonly #onWorld: (world: StyleSpecification) => void;
  #isAwaited = false;

  /**
   * @param onTheme called when the reader's theme has become another, and its base map is there
   * @param onWorld called when there is a base map for what has been drawn without one
   */
  constructor(onTheme: () => void, onWorld: (world: StyleSpecification) => void = onTheme) {
    this.#onWorld = onWorld;
    whenTheme(() => void this.#load(this.theme).then(onTheme));
  }

  get theme(): Theme {
    return currentTheme();
  }

  get style(): StyleSpecification | undefined {
    return this.#styles.get(this.theme);
  }

  /** The work. What it brings is drawn first, and the world under it once that is painted: it takes as long again. */
  async beside<T>(work: Promise<T>): Promise<T> {
    const done = await work;
    void this.#follow();
    return done;
  }

  async #follow(): Promise<void> {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    await firstPainted;
    await this.#load(this.theme);
    if (this.style) this.#onWorld(this.style);
  }

  async #load(theme: Theme): Promise<void> {
    if (this.#styles.has(theme)) return;
    const response = await fetch(`base/style.json?theme=${theme}`).catch(() => undefined);
    if (response?.ok) this.#styles.set(theme, (await response.json()) as StyleSpecification);
  }
}
