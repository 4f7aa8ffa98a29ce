/** An element of the SVG that `element` writes: always whole, attributes in double quotes. */
export interface Markup {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Markup[];
  /** Of text, without its children's. */
  readonly text: string;
}

const TOKEN = /<(\/?)([a-zA-Z]+)((?: [\w:-]+="[^"]*")*)(\/?)>|([^<]+)/g;
const ATTRIBUTE = / ([\w:-]+)="([^"]*)"/g;

/** Reads what svg.ts writes; it is no reader of any XML. */
export function readMarkup(svg: string): Markup {
  const root = { name: '', attributes: {}, children: [] as Markup[], text: '' };
  const open = [root];
  for (const [, end, name = '', attributes = '', isEmpty, text] of svg.matchAll(TOKEN)) {
    const parent = open.at(-1)!;
    if (text !== undefined) parent.text += unescaped(text);
    else if (end) open.pop();
    else {
      const child = { name, attributes: attributesOf(attributes), children: [], text: '' };
      parent.children.push(child);
      if (!isEmpty) open.push(child);
    }
  }
  return root.children[0]!;
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(ATTRIBUTE)].map(([, key, value]) => [key, unescaped(value!)]));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '');
}
