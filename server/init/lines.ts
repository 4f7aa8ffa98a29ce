import { stringify } from 'yaml';

/** A line of `maps.yaml`, and why it is there; with lines below it. */
export interface Line {
  readonly key: string;
  readonly value?: unknown;
  readonly why: string;
  readonly below?: readonly Line[];
}

/** The text of lines, each with its reason behind it. `off`: all of them are comments. */
export function textOf(lines: readonly Line[], { off = false, depth = 0 } = {}): string {
  return lines
    .map(({ key, value, why, below = [] }) => {
      const start = `${'  '.repeat(depth)}${scalar(key)}:${value === undefined ? '' : ` ${scalar(value)}`}`;
      return `${off ? '# ' : ''}${start} # ${oneLine(why)}\n${textOf(below, { off, depth: depth + 1 })}`;
    })
    .join('');
}

export const commentOf = (text: string): string =>
  text
    .split('\n')
    .map((line) => `${`# ${line}`.trimEnd()}\n`)
    .join('');

/** Names in a database may be anything; a line stays one. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const scalar = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, blockQuote: false }).trim();
