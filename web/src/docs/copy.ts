import { h } from '../dom.ts';
import { DOCS_TEXTS } from './texts.ts';

const SAID_MS = 2_000;

/** Puts a button on a block of code that copies it. */
export function copyButtons(block: HTMLElement): void {
  const frame = h('div', { class: 'code-frame' });
  block.replaceWith(frame);
  frame.append(
    block,
    copyButton(() => block.textContent ?? ''),
  );
}

/** A button that copies a text as it is at that time, and says so. */
export function copyButton(text: () => string): HTMLElement {
  const button = h('button', { type: 'button', class: 'copy', 'aria-live': 'polite' }, DOCS_TEXTS.copy);
  const say = (words: string): void => {
    button.textContent = words;
    setTimeout(() => (button.textContent = DOCS_TEXTS.copy), SAID_MS);
  };
  button.addEventListener('click', () => {
    copy(text()).then(
      () => say(DOCS_TEXTS.copied),
      () => say(DOCS_TEXTS.notCopied),
    );
  });
  return button;
}

/** Pages that came over plain HTTP from elsewhere have no clipboard. */
async function copy(text: string): Promise<void> {
  const { clipboard } = navigator as { clipboard?: Clipboard };
  if (!clipboard) throw new Error('there is no clipboard');
  await clipboard.writeText(text);
}
