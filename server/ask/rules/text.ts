/**
 * Text as rules see it. A question is cleaned once: what is invisible or steers the direction of writing is taken out,
 * forms of the same letter become one. Pure.
 */

export interface Cleaned {
  /** What a person would see: the question that is answered. */
  readonly text: string;
  /** What stood in it unseen, as tag characters spell it. */
  readonly hidden: string;
  /** True where something invisible was taken out. */
  readonly hadInvisible: boolean;
}

/** Zero-width and joining characters, soft hyphens, variation selectors, fillers, marks and overrides of direction. */
const INVISIBLE = new RegExp(
  [
    String.raw`\u034f|[\u17b4-\u17b5]|[\u180b-\u180e]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]`,
    String.raw`[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e]`,
    String.raw`[\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{1d173}-\u{1d17a}]`,
  ].join('|'),
  'gu',
);
/** Tag characters: ASCII that no font shows and every model reads. */
const TAGS = /[\u{e0020}-\u{e007e}]/gu;
const CONTROL = /\p{Cc}/gu;

/** NFKC, without invisible and control characters, spaces single. */
export function cleanText(raw: string): Cleaned {
  const hidden = [...raw.matchAll(TAGS)]
    .map(([tag]) => String.fromCharCode((tag.codePointAt(0) ?? 0) - 0xe0000))
    .join('');
  const visible = raw
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .normalize('NFKC')
    .replace(INVISIBLE, '');
  const text = visible
    .replace(/\r\n?|[\u2028\u2029\v\f]/g, '\n')
    .replace(CONTROL, (control: string) => (control === '\n' ? '\n' : ' '))
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
  return { text, hidden, hadInvisible: visible.length !== raw.normalize('NFKC').length };
}

/** Letters of other scripts that look like Latin ones, by their Latin twin. */
const TWINS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ['a', 'аɑαａ'],
      ['b', 'ьƅв'],
      ['c', 'сϲⅽ'],
      ['d', 'ԁɗ'],
      ['e', 'еҽєεё'],
      ['g', 'ɡց'],
      ['h', 'һհн'],
      ['i', 'іıɩιі'],
      ['j', 'јϳ'],
      ['k', 'κкк'],
      ['l', 'ⅼӏ'],
      ['m', 'мⅿ'],
      ['n', 'ոռη'],
      ['o', 'оοօσо'],
      ['p', 'рρ'],
      ['q', 'ԛ'],
      ['r', 'гᴦ'],
      ['s', 'ѕ'],
      ['t', 'тτ'],
      ['u', 'υսц'],
      ['v', 'ѵν'],
      ['w', 'ԝшω'],
      ['x', 'хχ'],
      ['y', 'уγүу'],
      ['z', 'ᴢ'],
    ] as const
  ).flatMap(([latin, twins]) => [...twins].map((twin) => [twin, latin])),
);

/** Lower case without accents, letters of one script, apostrophes gone. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\x00-\x7f]/gu, (letter) => TWINS[letter] ?? letter) // eslint-disable-line no-control-regex -- ASCII is what is left alone
    .replace(/['’‘`´ʻʼ"“”„«»]/gu, '');
}

/**
 * The words of a text in order, with `.` where a sentence ends; numbers are words. `-` and `_` part words.
 * Doubled letters of chat (`siapaaa`) become one.
 */
export function wordsOf(folded: string): string[] {
  const words: string[] = [];
  for (const [piece] of folded.matchAll(/[\p{L}\p{N}]+|[.?!:;\n]+/gu)) {
    if (/^[.?!:;\n]/.test(piece)) {
      if (words.at(-1) !== '.') words.push('.');
    } else words.push(piece.replace(/(\p{L})\1{2,}/gu, '$1'));
  }
  return words;
}

/** Words as phrases are matched against: a space before and after each. */
export const lineOf = (words: readonly string[]): string => ` ${words.join(' ')} `;

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/** Digits and signs among letters as the letters that they stand for. */
export function withoutLeet(text: string): string {
  return text.replace(/[\w@$]*[a-z@$][\w@$]*/gi, (word) =>
    /[0134578@$]/.test(word) && /[a-z]/i.test(word)
      ? word.replace(/[013457@$]/g, (sign) => LEET[sign] ?? sign)
      : word,
  );
}

/** Spelled out texts (`i g n o r e`, `i.g.n.o.r.e`) as words, where they are that; else undefined. */
export function joinedLetters(text: string): string | undefined {
  const spelled = /(?:^|[\s(])((?:[\p{L}\p{N}][\s.\-_*·|/]{1,5}){5,}[\p{L}\p{N}])(?=$|[\s).?!])/u.exec(
    text,
  )?.[1];
  if (spelled === undefined) return undefined;
  // Wider gaps than those between letters part words.
  return spelled
    .replace(/ {3,}/g, '\u0000')
    .replace(/[\s.\-_*·|/]/g, '')
    .replaceAll('\u0000', ' ');
}
