import { contentTagger, Representation } from '../../http/answers/respond.ts';
import { slices } from '../../tools/slices.ts';
import { inTurns } from '../../tools/turns.ts';

/** The texts of items with a separator between them, a slice at a time. */
export function* joined<Item>(
  items: readonly Item[],
  textOf: (item: Item, position: number) => string,
  separator: string,
): Generator<string> {
  for (const { from, slice } of slices(items)) {
    const text = slice.map((item, i) => textOf(item, from + i)).join(separator);
    yield from === 0 ? text : separator + text;
  }
}

/** A JSON object whose last member is an array of many: as JSON.stringify writes it, a slice at a time. */
export function* objectText<Item>(
  head: Readonly<Record<string, unknown>>,
  member: string,
  items: readonly Item[],
  textOf: (item: Item, position: number) => string,
): Generator<string> {
  const start = JSON.stringify(head).slice(0, -1);
  yield `${start}${start === '{' ? '' : ','}${JSON.stringify(member)}:[`;
  yield* joined(items, textOf, ',');
  yield ']}';
}

/** As `objectText`, of rows that are arrays of plain values. */
export function rowsText<Item>(
  head: Readonly<Record<string, unknown>>,
  items: readonly Item[],
  rowOf: (item: Item, position: number) => unknown[],
): Generator<string> {
  return objectText(head, 'rows', items, (item, position) => JSON.stringify(rowOf(item, position)));
}

/** A document of many regions, written in turns with whatever else the server has to do. */
export function written(
  texts: Iterable<string>,
  type = 'application/json; charset=utf-8',
  headers: Readonly<Record<string, string>> = {},
): Promise<Representation> {
  return inTurns(representation(texts, type, headers));
}

function* representation(
  texts: Iterable<string>,
  type: string,
  headers: Readonly<Record<string, string>>,
): Generator<undefined, Representation> {
  const tagger = contentTagger();
  const pieces: Buffer[] = [];
  for (const text of texts) {
    const piece = Buffer.from(text);
    tagger.add(piece);
    pieces.push(piece);
    yield;
  }
  return new Representation(Buffer.concat(pieces), type, { tag: tagger.tag(), headers });
}
