import { escapeMarkup } from '../../tools/markup.ts';

/** Languages whose comments begin with `#` or `--`; in all others with two slashes. */
const COMMENTS: Readonly<Record<string, string>> = {
  sh: String.raw`(?<=^|\s)#.*`,
  yaml: String.raw`(?<=^|\s)#.*`,
  ini: String.raw`^\s*[#;].*`,
  conf: String.raw`(?<=^|\s)#.*`,
  nginx: String.raw`(?<=^|\s)#.*`,
  python: '#.*',
  r: '#.*',
  sql: '--.*',
  json: '(?!)',
};
const WORDS: Readonly<Record<string, string>> = {
  sql: 'select|from|where|group by|order by|create|table|view|materialized|unique|index|on|as|insert|into|values|update|set|delete|grant|to|with|and|or|not|null|join|using|concurrently|refresh|function|returns|language|primary|key|alter|drop|if|exists|case|when|then|else|end',
  js: 'const|let|import|from|await|async|new|function|return|for|of|if|else|export|default|true|false|null|undefined|class',
  python: 'import|from|as|def|return|for|in|if|else|with|not|None|True|False|class|print',
  sh: 'export|for|in|do|done|if|then|fi|while',
  yaml: 'true|false|null',
  json: 'true|false|null',
  r: 'library|function|TRUE|FALSE|NULL',
};
const SAME: Readonly<Record<string, string>> = {
  ts: 'js',
  typescript: 'js',
  javascript: 'js',
  jsx: 'js',
  bash: 'sh',
  shell: 'sh',
  yml: 'yaml',
  toml: 'ini',
  py: 'python',
};

/** Code as HTML, with its comments, texts, numbers and words of the language marked: enough to read it by. Pure. */
export function coloured(code: string, language = ''): string {
  const name = SAME[language] ?? language;
  if (name === '' || name === 'text' || name === 'http') return escapeMarkup(code);
  const kinds = {
    comment: COMMENTS[name] ?? String.raw`(?<!:)\/\/.*`,
    string: String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`,
    name: name === 'yaml' ? String.raw`^\s*(?:- )?[\w.-]+(?=:(?:\s|$))` : '(?!)',
    number: String.raw`(?<![\w.#-])\d+(?:\.\d+)?(?![\w.-])`,
    word: WORDS[name] === undefined ? '(?!)' : String.raw`(?<![\w.$-])(?:${WORDS[name]})(?![\w-])`,
  };
  const pattern = new RegExp(
    Object.entries(kinds)
      .map(([kind, source]) => `(?<${kind}>${source})`)
      .join('|'),
    name === 'sql' ? 'gim' : 'gm',
  );
  let at = 0;
  let html = '';
  for (const match of code.matchAll(pattern)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [''];
    html += escapeMarkup(code.slice(at, match.index));
    html += `<span class="code-${kind}">${escapeMarkup(match[0])}</span>`;
    at = match.index + match[0].length;
  }
  return html + escapeMarkup(code.slice(at));
}
