/**
 * SQL as a value: text with `$n` placeholders, and its parameters.
 *
 *   sql`select ${ident('name')} from ${ident(layer.schema, layer.table)} where id = ${id}`
 *
 * Values become parameters; identifiers go through `ident()`; nested `Sql` is spliced in.
 * No string is ever pasted into SQL text.
 */
export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Set where the same text is run again and again, so that PostgreSQL can keep its plan. */
  readonly name?: string;
}

class Fragment {
  readonly strings: readonly string[];
  readonly args: readonly unknown[];
  constructor(strings: readonly string[], args: readonly unknown[]) {
    this.strings = strings;
    this.args = args;
  }
  get text(): string {
    return render(this).text;
  }
  get values(): readonly unknown[] {
    return render(this).values;
  }
}

export function sql(strings: TemplateStringsArray, ...args: unknown[]): Sql {
  return new Fragment(strings, args);
}

/** A quoted, dotted identifier: `ident('public', 'My Table')` → `"public"."My Table"`. */
export function ident(...parts: string[]): Sql {
  if (parts.length === 0) throw new Error('ident() needs a name');
  return raw(parts.map(quoteIdent).join('.'));
}

/** A quoted literal, for the few places (DDL, NOTIFY) where PostgreSQL takes no parameter. */
export function literal(value: string): Sql {
  if (value.includes('\0')) throw new Error('a literal cannot hold a NUL character');
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return raw(value.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted);
}

/** Joins fragments with a separator; an empty list gives an empty fragment. */
export function join(parts: readonly Sql[], separator: ', ' | ' and ' | ' or ' | ' ' = ', '): Sql {
  const strings = parts.length === 0 ? [''] : ['', ...parts.slice(1).map(() => separator), ''];
  return new Fragment(strings, parts);
}

/**
 * The same query with a name, so that it is prepared once per connection. One name stands for one text at a time: a
 * connection lets go of the one before.
 */
export function named(name: string, query: Sql): Sql {
  return { name, text: query.text, values: query.values };
}

/** A query from a file of `sql/`, or one whose text is already complete. */
export function statement(text: string, values: readonly unknown[] = []): Sql {
  return { text, values };
}

export const empty: Sql = raw('');

function raw(text: string): Sql {
  return new Fragment([text], []);
}

function quoteIdent(name: string): string {
  if (name === '' || name.includes('\0')) throw new Error('an identifier cannot be empty or hold NUL');
  return `"${name.replaceAll('"', '""')}"`;
}

function render(fragment: Fragment): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const write = (part: Fragment): string =>
    part.strings.reduce((text, piece, i) => {
      if (i === 0) return piece;
      return text + writeArg(part.args[i - 1]) + piece;
    }, '');
  const writeArg = (arg: unknown): string => {
    if (arg instanceof Fragment) return write(arg);
    values.push(arg);
    return `$${values.length}`;
  };
  return { text: write(fragment), values };
}
