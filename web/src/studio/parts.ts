import { h } from '../dom.ts';
import { STUDIO } from './texts.ts';

type Child = Parameters<typeof h>[2];
export type Option = readonly [value: string, label: string];

/** A titled part of the page. */
export function part(name: string, title: string, ...children: readonly Child[]): HTMLElement {
  const id = `studio-${name}`;
  return h('section', { class: 'part', 'aria-labelledby': id }, h('h2', { id }, title), ...children);
}

export const choice = (options: readonly Option[] = []): HTMLSelectElement => fill(h('select'), options);

/** Other options, what was chosen staying chosen where it is among them. */
export function fill(
  control: HTMLSelectElement,
  options: readonly Option[],
  wanted = control.value,
): HTMLSelectElement {
  control.replaceChildren(...options.map(([value, label]) => h('option', { value }, label)));
  if (options.some(([value]) => value === wanted)) control.value = wanted;
  return control;
}

export const named = (names: readonly string[]): Option[] => names.map((name) => [name, name]);

/** A place for a file: dropped on it, or chosen with the keyboard or the mouse. */
export function dropZone(label: string, accept: string, onFile: (file: File) => void): HTMLElement {
  const input = h('input', { type: 'file', accept, class: 'drop-file' });
  const zone = h('label', { class: 'drop' }, h('span', {}, label), input);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  input.addEventListener('change', () => {
    take(input.files);
    input.value = ''; // the same file may be chosen again
  });
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('is-over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('is-over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('is-over');
    take(event.dataTransfer?.files);
  });
  return zone;
}

/** A name of a table made of that of a file. */
export const tableOf = (file: string): string =>
  file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
    .slice(0, 50) || 'figures';

/** The column whose name looks most like what is looked for. */
export const guess = (names: readonly string[], pattern: RegExp): string =>
  names.find((name) => pattern.test(name)) ?? names[0] ?? '';

export const CODES = /^(code|kode|id|fips|geoid|iso|nuts)|(code|kode|_id|_cd)$/i;
export const NAMES = /^(name|nama|nom)|(name|nama)$/i;

/** A list that opens where there is something in it. */
export function listed(summary: string, items: readonly Child[], more = 0): HTMLElement {
  return h(
    'details',
    { class: 'listed' },
    h('summary', {}, summary),
    h(
      'ul',
      {},
      ...items.map((item) => h('li', {}, item)),
      more > 0 && h('li', { class: 'muted' }, STUDIO.more(more)),
    ),
  );
}

/** Text to take along. */
export function copyable(title: string): { element: HTMLElement; show: (text: string) => void } {
  const code = h('code');
  const button = h('button', { type: 'button', class: 'button small' }, STUDIO.copy);
  const name = h('h3', {}, title);
  const frame = h('pre', { tabindex: 0, 'aria-label': title, role: 'region' }, code);
  button.setAttribute('aria-label', `${STUDIO.copy}: ${title}`);
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(code.textContent ?? '').then(() => {
      button.textContent = STUDIO.copied;
      setTimeout(() => (button.textContent = STUDIO.copy), 2_000);
    });
  });
  const element = h(
    'div',
    { class: 'copyable', hidden: true },
    h('div', { class: 'copy-head' }, name, button),
    frame,
  );
  return {
    element,
    show: (text) => {
      code.textContent = text;
      element.hidden = text === '';
    },
  };
}
