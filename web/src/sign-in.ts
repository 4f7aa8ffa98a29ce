import { field, h } from './dom.ts';

/** What the form says. */
export interface SignInTexts {
  key: string;
  keyHint: string;
  enter: string;
}

/** In place of what a page holds, the form that asks for a key, which nothing but `open` is told. */
export function askForKey(
  place: HTMLElement,
  texts: SignInTexts,
  open: (key: string) => Promise<void>,
): void {
  const key = h('input', { type: 'password', autocomplete: 'off', spellcheck: 'false', required: true });
  const onsubmit = (event: Event): void => {
    event.preventDefault();
    void open(key.value.trim());
    key.value = '';
  };
  place.replaceChildren(
    h(
      'form',
      { class: 'part sign-in', onsubmit },
      field(texts.key, key),
      h('p', { class: 'muted' }, texts.keyHint),
      h('button', { type: 'submit', class: 'button' }, texts.enter),
    ),
  );
  key.focus();
}
