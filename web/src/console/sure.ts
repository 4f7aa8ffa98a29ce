import { h } from '../dom.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

/** Asks whether a request that may change something is to be sent; Escape says no. */
export function confirmed(what: string): Promise<boolean> {
  const cancel = h('button', { type: 'submit', value: 'no', class: 'button' }, TEXTS.cancel);
  const dialog = h(
    'dialog',
    { class: 'sure', 'aria-labelledby': 'sure-title' },
    h('h2', { id: 'sure-title' }, TEXTS.sureTitle),
    h('p', {}, TEXTS.sure(what)),
    h(
      'form',
      { method: 'dialog', class: 'buttons' },
      h('button', { type: 'submit', value: 'yes', class: 'button primary' }, TEXTS.send),
      cancel,
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
