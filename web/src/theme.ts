import type { Theme } from '../../server/choropleth/color/index.ts';

export const THEME_CHOICES = ['auto', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** Known to web/public/theme.js, too, which sets the theme before anything is painted. */
const KEY = 'chorograph:theme';

const root = document.documentElement;
const isDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** What the reader has chosen; `auto` is the theme of the system. */
export function themeChoice(): ThemeChoice {
  return THEME_CHOICES.find((each) => each === root.dataset.theme) ?? 'auto';
}

/** The theme that the page has. */
export function currentTheme(): Theme {
  const choice = themeChoice();
  return choice === 'auto' ? (isDark.matches ? 'dark' : 'light') : choice;
}

/** Chooses a theme for this page, those that are open beside it and the next ones. */
export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Storage may be refused, and then only this page has it.
  }
  apply(choice);
}

/** @param listener called when the page has become dark or light */
export function onTheme(listener: () => void): void {
  listeners.add(listener);
}

function apply(choice: string | null): void {
  const before = currentTheme();
  if (choice === 'light' || choice === 'dark') root.dataset.theme = choice;
  else delete root.dataset.theme;
  if (currentTheme() !== before) tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}

isDark.addEventListener('change', () => {
  if (themeChoice() === 'auto') tell();
});
addEventListener('storage', ({ key, newValue }) => {
  // Frames on other sites have the theme of the system.
  if (key === KEY && self === top) apply(newValue);
});
