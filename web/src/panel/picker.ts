/** Closes what opens over the page on Escape and on a click elsewhere, with the focus back where it was opened. */
export function closing(details: HTMLDetailsElement): HTMLDetailsElement {
  const elsewhere = (event: Event): void => {
    if (!details.contains(event.target as Node)) details.open = false;
  };
  details.addEventListener('toggle', () => {
    if (details.open) document.addEventListener('pointerdown', elsewhere);
    else document.removeEventListener('pointerdown', elsewhere);
  });
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !details.open) return;
    event.stopPropagation();
    details.open = false;
    details.querySelector('summary')?.focus();
  });
  return details;
}
