import { Marked, type Token, type Tokens } from 'marked';
import { escapeMarkup } from '../../tools/markup.ts';
import { coloured } from './colours.ts';

export interface Heading {
  readonly id: string;
  readonly depth: number;
  /** As words, without marks. */
  readonly text: string;
}

/** A part of a page under one heading, as words to be found by. */
export interface Passage {
  readonly id: string;
  readonly heading: string;
  text: string;
}

export interface Rendered {
  readonly html: string;
  readonly title: string;
  /** All headings but the first, which is the page's. */
  readonly headings: readonly Heading[];
  readonly passages: readonly Passage[];
}

/**
 * A page of Markdown as HTML; HTML within it is text. Headings have the ids that code hosts give them, and those that
 * begin with code, as those of errors do, also that code's.
 *
 * @param link the address of a link or a picture as it is to stand in the page; undefined where it leads nowhere
 */
export function renderMarkdown(source: string, link: (href: string) => string | undefined): Rendered {
  const headings: Heading[] = [];
  const passages: Passage[] = [];
  const taken = new Set<string>();
  const unique = (text: string): string => {
    const wanted = slug(text);
    let id = wanted;
    for (let i = 1; taken.has(id); i++) id = `${wanted}-${i}`;
    taken.add(id);
    return id;
  };
  const marked = new Marked({
    renderer: {
      html: ({ text }) => (text.trimStart().startsWith('<!--') ? '' : escapeMarkup(text)),
      heading({ tokens, depth }) {
        const text = wordsOf(tokens);
        const id = unique(text);
        headings.push({ id, depth, text });
        const [first] = tokens;
        const code = first?.type === 'codespan' ? (first as Tokens.Codespan).text : '';
        const also = /^\w+$/.test(code) && !taken.has(code) ? `<span id="${unique(code)}"></span>` : '';
        const anchor = `<a class="anchor" href="#${id}" aria-label="${escapeMarkup(text)}">#</a>`;
        const own = depth === 1 ? '' : anchor;
        return `<h${depth} id="${id}">${also}${this.parser.parseInline(tokens)}${own}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const address = link(href);
        const inner = this.parser.parseInline(tokens);
        return address === undefined ? inner : `<a href="${escapeMarkup(address)}">${inner}</a>`;
      },
      image({ href, text }) {
        const address = link(href);
        if (address === undefined) return escapeMarkup(text);
        return `<img src="${escapeMarkup(address)}" alt="${escapeMarkup(text)}" loading="lazy">`;
      },
      code({ text, lang = '' }) {
        const block = `<pre tabindex="0"><code>${coloured(text, lang)}</code></pre>\n`;
        return lang === 'mermaid' ? `<details><summary>Mermaid</summary>${block}</details>\n` : block;
      },
      table({ header, rows, align }) {
        const cell = ({ tokens }: Tokens.TableCell, i: number, tag: 'th' | 'td'): string => {
          const to = align[i] ? ` class="to-${align[i]}"` : '';
          const scope = tag === 'th' ? ' scope="col"' : '';
          return `<${tag}${scope}${to}>${this.parser.parseInline(tokens)}</${tag}>`;
        };
        const row = (cells: Tokens.TableCell[], tag: 'th' | 'td'): string =>
          `<tr>${cells.map((one, i) => cell(one, i, tag)).join('')}</tr>`;
        // A region that scrolls has to be reached by keyboard, and to be called something.
        const name = header.map(({ tokens }) => wordsOf(tokens)).join(', ');
        return (
          `<div class="table-frame" role="region" tabindex="0" aria-label="${escapeMarkup(`${name} (${++tables})`)}">` +
          `<table><thead>${row(header, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>\n`
        );
      },
    },
  });
  let tables = 0;
  const tokens = marked.lexer(source);
  const html = marked.parser(tokens);
  let next = 0;
  for (const token of tokens) {
    if (token.type === 'heading') passages.push({ ...named(headings[next++]!), text: '' });
    else if (passages.length > 0) passages.at(-1)!.text += `${wordsOf([token])} `;
  }
  return { html, title: headings[0]?.text ?? '', headings: headings.slice(1), passages };
}

const named = ({ id, text }: Heading): { id: string; heading: string } => ({ id, heading: text });

/** As code hosts make it: small letters, hyphens for spaces, nothing else but letters, digits, `_` and `-`. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

/** What is read of tokens, marks left out. */
function wordsOf(tokens: readonly Token[]): string {
  return tokens
    .map((token): string => {
      if (token.type === 'html') return '';
      if (token.type === 'table') {
        const { header, rows } = token as Tokens.Table;
        return [header, ...rows]
          .map((cells) => cells.map((cell) => wordsOf(cell.tokens)).join(' '))
          .join(' ');
      }
      if (token.type === 'list')
        return (token as Tokens.List).items.map((item) => wordsOf(item.tokens)).join(' ');
      if ('tokens' in token && token.tokens) return wordsOf(token.tokens);
      return 'text' in token ? decoded(String(token.text)) : token.type === 'space' ? ' ' : '';
    })
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const decoded = (text: string): string =>
  text.replaceAll(/&(#?\w+);/g, (all, name: string) => ENTITIES[name] ?? all);
