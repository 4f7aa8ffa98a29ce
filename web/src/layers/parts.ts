import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import { SAID, valueText } from './texts.ts';

type Child = Parameters<typeof h>[2];
type Properties = Readonly<Record<string, unknown>>;

/** A table that scrolls by itself where there is little room. */
export function table(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const head = h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)));
  const body = rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))));
  return h(
    'div',
    { class: 'table-frame', role: 'region', 'aria-label': label, tabindex: 0 },
    h('table', {}, h('thead', {}, head), h('tbody', {}, ...body)),
  );
}

/** Names with values, as many as there is room for. */
export function attributes(properties: Properties, most = Infinity): HTMLElement {
  const all = Object.entries(properties).filter(([, value]) => value !== null);
  const shown = all.slice(0, most);
  return h(
    'dl',
    { class: 'attributes' },
    ...shown.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, valueText(value))]),
    all.length > shown.length && h('dt', { class: 'rest' }, SAID.andMore(all.length - shown.length)),
  );
}

const NAMES = ['name', 'nama', 'title', 'label', 'judul'];

/** What somebody would call a feature: its name, else its id. */
export function nameOf({ id, properties }: { id?: unknown; properties?: Properties | null }): string {
  const found = Object.entries(properties ?? {}).find(
    ([key, value]) => NAMES.includes(key.toLowerCase()) && typeof value === 'string' && value !== '',
  );
  return found ? String(found[1]) : id === undefined ? '' : `${SAID.row} ${valueText(id)}`;
}

/** A dialog with a title and a button that closes it; so do Escape and a press beside it. */
export function dialog(name: string): {
  element: HTMLDialogElement;
  show(title: string, ...body: Child[]): void;
} {
  const heading = h('h2', { id: `${name}-title` });
  const body = h('div');
  const attributes = { type: 'button', class: 'close', 'aria-label': TEXTS.close };
  const close = h('button', { ...attributes, onclick: () => element.close() }, '×');
  const header = h('header', {}, heading, close);
  const element = h('dialog', { class: name, 'aria-labelledby': heading.id }, header, body);
  element.addEventListener('click', ({ target }) => {
    if (target === element) element.close();
  });
  return {
    element,
    show: (title, ...children) => {
      heading.textContent = title;
      body.replaceChildren(...children.filter((child) => child !== undefined && child !== false));
      if (!element.open) element.showModal();
    },
  };
}
