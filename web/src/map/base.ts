import type { StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../../../server/choropleth/color/index.ts';

/** The world under the regions, asked for once for each theme. Where it cannot be had, maps do without. */
export class BaseMap {
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #styles = new Map<Theme, StyleSpecification>();

  /** @param onTheme called when the reader's theme has become another, and its base map is there */
  constructor(onTheme: () => void) {
    this.#dark.addEventListener('change', () => void this.beside(Promise.resolve()).then(onTheme));
  }

  get theme(): Theme {
    return this.#dark.matches ? 'dark' : 'light';
  }

  get style(): StyleSpecification | undefined {
    return this.#styles.get(this.theme);
  }

  /** The work, and the base map of the theme with it: what is drawn then has both at once. */
  async beside<T>(work: Promise<T>): Promise<T> {
    const [done] = await Promise.all([work, this.#load(this.theme)]);
    return done;
  }

  async #load(theme: Theme): Promise<void> {
    if (this.#styles.has(theme)) return;
    const response = await fetch(`base/style.json?theme=${theme}`).catch(() => undefined);
    if (response?.ok) this.#styles.set(theme, (await response.json()) as StyleSpecification);
  }
}
