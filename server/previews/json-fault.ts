/** A token of JSON, with the blanks before it. */
const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)/y;
const BLANKS = /[ \t\r\n]*/y;

type Wanted = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/**
 * Where a text stops being JSON, counted in characters: `JSON.parse` does not say on every Node. Undefined where it is
 * JSON throughout. Pure.
 */
export function jsonFault(text: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  while (wanted !== 'nothing') {
    const start = afterBlanks(text, at);
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (!token) return start;
    const next = step(wanted, token[1] ?? (token[2] === undefined ? 'literal' : 'text'), open);
    if (!next) return start;
    wanted = next;
    at = TOKEN.lastIndex;
  }
  const end = afterBlanks(text, at);
  return end < text.length ? end : undefined;
}

function afterBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

/** What may follow a token; undefined where it may not stand. */
function step(wanted: Wanted, token: string, open: ('{' | '[')[]): Wanted | undefined {
  const after = (): Wanted => (open.length === 0 ? 'nothing' : 'comma or end');
  const isValue = wanted === 'value' || wanted === 'value or end';
  if (isValue && (token === 'text' || token === 'literal')) return after();
  if (isValue && (token === '{' || token === '[')) {
    open.push(token);
    return token === '{' ? 'key or end' : 'value or end';
  }
  if ((wanted === 'key' || wanted === 'key or end') && token === 'text') return 'colon';
  if (wanted === 'colon') return token === ':' ? 'value' : undefined;
  if (wanted === 'comma or end' && token === ',') return open.at(-1) === '{' ? 'key' : 'value';
  const closes = open.at(-1) === '{' ? '}' : ']';
  if (!wanted.endsWith('or end') || token !== closes) return undefined;
  open.pop();
  return after();
}
