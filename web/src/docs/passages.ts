/** A part of the documentation under one heading. */
export interface Passage {
  page: string;
  path: string;
  heading: string;
  text: string;
}

export interface Found {
  passage: Passage;
  /** What stands around the first of the words. */
  excerpt: string;
}

const MOST = 12;
const AROUND = 60;

/** Passages that have all words, those first that have them in their headings. Pure. */
export function findPassages(passages: readonly Passage[], question: string): Found[] {
  const words = question.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = passages.flatMap((passage) => {
    const [page, heading, text] = [passage.page, passage.heading, passage.text].map((each) =>
      each.toLowerCase(),
    );
    let score = 0;
    for (const word of words) {
      const place = [heading, page, text].findIndex((each) => each?.includes(word));
      if (place === -1) return [];
      score += [8, 4, 1][place] ?? 0;
    }
    return [{ passage, score, excerpt: excerptOf(passage.text, words) }];
  });
  return found.sort((a, b) => b.score - a.score).slice(0, MOST);
}

function excerptOf(text: string, words: readonly string[]): string {
  const small = text.toLowerCase();
  const at = Math.max(
    0,
    ...words
      .map((word) => small.indexOf(word))
      .filter((place) => place >= 0)
      .slice(0, 1),
  );
  const from = at <= AROUND ? 0 : text.indexOf(' ', at - AROUND) + 1;
  const cut = text.slice(from, at + 2 * AROUND);
  return `${from > 0 ? '… ' : ''}${cut}${at + 2 * AROUND < text.length ? ' …' : ''}`;
}
