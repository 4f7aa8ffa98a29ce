/** Marks what `closing` closes. */
const CLOSES = 'closesElsewhere';

/**
 * One listener for all, there from the beginning: an element tells that it was opened a moment later (`toggle` is queued),
 * and those that are drawn anew leave nothing behind.
 */
document.addEventListener('pointerdown', ({ target }) => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details[open]'))
    if (CLOSES in details.dataset && !details.contains(target as Node)) details.open = false;
});

/** Closes what opens over the page on Escape and on a click elsewhere, with the focus back where it was opened. */
export function closing(details: HTMLDetailsElement): HTMLDetailsElement {
  details.dataset[CLOSES] = '';
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !details.open) return;
    event.stopPropagation();
    details.open = false;
    details.querySelector('summary')?.focus();
  });
  return details;
}
