export const LANGUAGES = ['en', 'id'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = 'chorograph:language';

/** What of the browser is asked; pure parts of the page run where there is none. */
interface Surroundings {
  location?: { href: string; search: string; reload(): void; assign(address: string): void };
  navigator?: { languages?: readonly string[] };
  localStorage?: { getItem(key: string): string | null; setItem(key: string, value: string): void };
}

const surroundings = globalThis as unknown as Surroundings;

/** The language of the page: what its address asks for, what was chosen before, what the reader's browser prefers. */
export const LANGUAGE: Language = wanted();

/** Chooses a language for this page and the next ones; the page is made anew in it, with the same map. */
export function speak(language: Language): void {
  remember(language);
  const { location } = surroundings;
  if (!location) return;
  const address = new URL(location.href);
  address.searchParams.set('lang', language);
  // Everything behind `#` stays; an equal address would not load again.
  if (address.href === location.href) location.reload();
  else location.assign(address.href);
}

function wanted(): Language {
  const asked = new URLSearchParams(surroundings.location?.search).get('lang');
  const tags = [
    asked,
    remembered(),
    ...(surroundings.location ? (surroundings.navigator?.languages ?? []) : []),
  ];
  const codes = tags.map((tag) => tag?.toLowerCase().split('-')[0]);
  return codes.map((code) => LANGUAGES.find((each) => each === code)).find(Boolean) ?? 'en';
}

/** Storage may be refused, and then only this page speaks the language. */
function remembered(): string | null {
  try {
    return surroundings.localStorage?.getItem(KEY) ?? null;
  } catch {
    return null;
  }
}

function remember(language: Language): void {
  try {
    surroundings.localStorage?.setItem(KEY, language);
  } catch {
    // see above
  }
}
