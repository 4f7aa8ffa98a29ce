import type { Choropleth, Region } from './api.ts';
import { h } from './dom.ts';
import { allowed, hasParents } from './rules.ts';
import type { State } from './state.ts';
import { TEXTS } from './texts.ts';

/**
 * What a region is looked into with: its parts, where it has some, or else the regions of the one that it is part of.
 * Undefined where there is neither, or where that is what is shown.
 */
export function drilled(choropleth: Choropleth, state: State, region: Region): Partial<State> | undefined {
  if (state.options.parent !== undefined) return undefined;
  const into = (level: string, parent: string): Partial<State> | undefined => {
    const options = { ...state.options, parent };
    const next = allowed({ ...state, level, options }, choropleth);
    return next.level === level && next.options.parent === parent
      ? { level, options, camera: undefined }
      : undefined;
  };
  const finer = choropleth.levels[choropleth.levels.indexOf(state.level) - 1];
  if (finer !== undefined) return into(finer, region.code);
  return hasParents(choropleth, state) && region.parentCode != null
    ? into(state.level, region.parentCode)
    : undefined;
}

/** The way back from the regions of one parent, over the map. */
export class Crumbs {
  readonly element = h('nav', { class: 'crumbs', 'aria-label': TEXTS.parent, hidden: true });
  readonly #onAll: () => void;

  constructor(onAll: () => void) {
    this.#onAll = onAll;
  }

  draw(choropleth: Choropleth, { level, options }: State, parents: Readonly<Record<string, string>>): void {
    const { parent } = options;
    this.element.hidden = parent === undefined;
    const all = `${TEXTS.all}: ${choropleth.levelLabels[level] ?? level}`;
    this.element.replaceChildren(
      h('button', { type: 'button', class: 'link', onclick: this.#onAll }, all),
      h('span', { 'aria-hidden': 'true' }, '›'),
      h('span', { 'aria-current': 'page' }, parents[parent ?? ''] || (parent ?? '')),
    );
  }
}
