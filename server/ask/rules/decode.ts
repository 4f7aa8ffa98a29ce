import { fold, joinedLetters, withoutLeet } from './text.ts';

/**
 * Texts that are written so that filters do not see them: encoded, reversed, spelled out, in look-alikes. Each is read
 * as what it would say; whether it says anything is for the rules to find. Pure.
 */
export interface Reading {
  /** How it was read. */
  readonly as: string;
  readonly text: string;
  /** True where only a machine would write so: base64, hex, binary, Morse code, tag characters. */
  readonly isPayload: boolean;
}

const MIN_PAYLOAD = 6;

export function readings(text: string, hidden: string): Reading[] {
  const found: Reading[] = [];
  const payload = (as: string, decoded: string | undefined): void => {
    if (decoded !== undefined && isReadable(decoded)) found.push({ as, text: decoded, isPayload: true });
  };
  const twisted = (as: string, decoded: string | undefined): void => {
    if (decoded !== undefined && decoded !== text) found.push({ as, text: decoded, isPayload: false });
  };
  if (hidden !== '') found.push({ as: 'tags', text: hidden, isPayload: true });
  for (const [piece] of text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)) payload('base64', base64(piece));
  for (const [piece] of text.matchAll(/(?:[0-9a-f]{2}[\s:,]?){6,}/gi)) payload('hex', hex(piece));
  for (const [piece] of text.matchAll(/(?:[01]{8}\s*){4,}/g)) payload('binary', binary(piece));
  for (const [piece] of text.matchAll(/(?:[.\-·–—]{1,5}[\s/|]+){5,}[.\-·–—]{1,5}/g))
    payload('morse', morse(piece));
  if (/(?:%[0-9a-f]{2}){3,}/i.test(text)) twisted('percent', percent(text));
  if (/\\u\{?[0-9a-f]{2,}|\\x[0-9a-f]{2}|&#x?[0-9a-f]+;/i.test(text)) twisted('escapes', escapes(text));
  twisted('spelled out', joinedLetters(text));
  twisted('leet', withoutLeet(fold(text)));
  twisted('reversed', [...text].reverse().join(''));
  twisted('rot13', rot13(text));
  return found;
}

/** Whether it is text and no accident: letters and spaces in the main, and some vowels. */
function isReadable(text: string): boolean {
  if (text.length < MIN_PAYLOAD || /[^\P{C}\n\t]/u.test(text) || text.includes('\ufffd')) return false;
  const letters = text.match(/[\p{L} ]/gu)?.length ?? 0;
  return letters / [...text].length > 0.8 && /[aeiou]/i.test(text) && /\p{L}{2}/u.test(text);
}

function base64(piece: string): string | undefined {
  // A long word is no base64: that mixes cases or has digits.
  if (!/[A-Z]/.test(piece) || !/[a-z]/.test(piece) || (!/\d|=$/.test(piece) && piece.length < 16))
    return undefined;
  return Buffer.from(piece, piece.includes('-') || piece.includes('_') ? 'base64url' : 'base64').toString(
    'utf8',
  );
}

function hex(piece: string): string | undefined {
  const digits = piece.replace(/[^0-9a-f]/gi, '');
  // Numbers of the question are none.
  return digits.length % 2 === 0 && /[a-f]/i.test(digits)
    ? Buffer.from(digits, 'hex').toString('utf8')
    : undefined;
}

function binary(piece: string): string {
  const bytes = piece.match(/[01]{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2))).toString('utf8');
}

const MORSE: Readonly<Record<string, string>> = Object.fromEntries(
  '.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..'
    .split(' ')
    .map((code, i) => [code, String.fromCharCode(97 + i)]),
);

function morse(piece: string): string {
  return piece
    .replace(/[·]/g, '.')
    .replace(/[–—]/g, '-')
    .split(/\s*[/|]\s*|\s{3,}/)
    .map((word) =>
      word
        .trim()
        .split(/\s+/)
        .map((code) => MORSE[code] ?? '\ufffd')
        .join(''),
    )
    .join(' ');
}

function percent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function escapes(text: string): string {
  const letter = (code: number): string => (code > 31 && code < 0x110000 ? String.fromCodePoint(code) : ' ');
  return text
    .replace(
      /\\u\{?([0-9a-f]{2,6})\}?|\\x([0-9a-f]{2})/gi,
      (_, a: string | undefined, b: string | undefined) => letter(parseInt(a ?? b ?? '20', 16)),
    )
    .replace(/&#x([0-9a-f]{1,6});/gi, (_, code: string) => letter(parseInt(code, 16)))
    .replace(/&#(\d{1,7});/g, (_, code: string) => letter(Number(code)));
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}
