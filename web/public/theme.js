/* global document, localStorage */
// Runs before anything is painted, so it is no part of the bundles: the theme that web/src/theme.ts remembers.
try {
  const chosen = localStorage.getItem('chorograph:theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be refused: the page has the theme of the system.
}
