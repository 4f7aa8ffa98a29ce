import { ANY_HOST } from '../../http/answers/urls.ts';
import type { Bbox } from '../../http/requests/params.ts';
import { documentId, type Box, type Kind, type SearchDocument } from '../documents/document.ts';
import { highlight, type Range } from '../words/highlight.ts';
import type { WholeIndex } from '../index/whole.ts';
import { readQuery, type Query } from '../words/query.ts';
import type { Match } from '../finding/ranking.ts';
import { MOST_HITS, search } from '../finding/search.ts';
import { EVERYTHING, type Sight } from '../sight.ts';

export interface SearchRequest {
  readonly q: string;
  readonly kinds?: readonly Kind[] | undefined;
  /** Id of a document that hits must lie in. */
  readonly within?: string | undefined;
  readonly bbox?: Bbox | undefined;
  readonly near?: readonly [longitude: number, latitude: number] | undefined;
  readonly offset: number;
  readonly limit: number;
}

interface FoundDocument {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly code?: string | undefined;
  readonly score: number;
  readonly why: { readonly match: Match; readonly highlights: readonly Range[] };
  readonly parents: readonly string[];
  readonly centre?: readonly [number, number] | undefined;
  readonly bbox?: Box | undefined;
  readonly links: Readonly<Record<string, string>>;
}

export interface SearchAnswer {
  readonly query: string;
  /** Documents that match, of which 1000 can be had. */
  readonly total: number;
  readonly hits: readonly FoundDocument[];
  readonly didYouMean?: string;
}

const SURE_ENOUGH = 0.6;
const NEAR_WEIGHT = 0.03;
const NEAR_KM = 100;

export function answer(index: WholeIndex, request: SearchRequest, sight: Sight): SearchAnswer {
  const query = readQuery(request.q);
  const most = Math.min(MOST_HITS, request.offset + request.limit);
  const { hits, total } = search(index, query, {
    most,
    accept: acceptor(index, request, sight),
    nearness: request.near && nearTo(index, request.near),
  });
  const [best] = hits;
  const guess =
    best?.match === 'fuzzy' && best.score >= SURE_ENOUGH ? index.documents.titleOf(best.document) : undefined;
  return {
    query: request.q,
    total,
    hits: hits
      .slice(request.offset)
      .map(({ document, score, match }) => found(index.documents.at(document), { score, match, query })),
    ...(guess !== undefined && { didYouMean: guess }),
  };
}

function acceptor(
  { documents }: WholeIndex,
  { kinds, within, bbox }: SearchRequest,
  sight: Sight,
): ((document: number) => boolean) | undefined {
  if (!kinds && within === undefined && !bbox && sight === EVERYTHING) return undefined;
  const isShown = remembered(documents.origins.length, (origin) => {
    const one = documents.origins[origin]!;
    return (!kinds || kinds.includes(one.kind)) && sight.maySee(one);
  });
  const liesRight = remembered(documents.lists, (list) => {
    const ids = documents.listAt(list);
    return (within === undefined || ids.includes(within)) && (sight.mayName?.(ids) ?? true);
  });
  return (i) => {
    if (!isShown(documents.originOf(i)) || !liesRight(documents.insideOf(i))) return false;
    if (!bbox) return true;
    const box = documents.boxOf(i);
    return box !== undefined && meets(box, bbox);
  };
}

/** Asks once about each of a row of numbers. */
function remembered(count: number, ask: (number: number) => boolean): (number: number) => boolean {
  const told = new Uint8Array(count);
  return (number) => (told[number] ||= ask(number) ? 2 : 1) === 2;
}

/** Whether two boxes have a place in common; either may cross the antimeridian. */
function meets([west, south, east, north]: Box, [left, bottom, right, top]: Bbox): boolean {
  if (south > top || north < bottom) return false;
  const parts = (from: number, to: number): [number, number][] =>
    from <= to
      ? [[from, to]]
      : [
          [from, 180],
          [-180, to],
        ];
  return parts(west, east).some(([a, b]) => parts(left, right).some(([c, d]) => a <= d && c <= b));
}

function nearTo({ documents }: WholeIndex, near: readonly [number, number]): (document: number) => number {
  return (i) => {
    const centre = documents.centreOf(i);
    return centre ? NEAR_WEIGHT / (1 + kilometres(centre, near) / NEAR_KM) : 0;
  };
}

/** Along a great circle, by the haversine formula, on a sphere of 6371 km. */
function kilometres([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): number {
  const radians = Math.PI / 180;
  const a =
    Math.sin(((y2 - y1) * radians) / 2) ** 2 +
    Math.cos(y1 * radians) * Math.cos(y2 * radians) * Math.sin(((x2 - x1) * radians) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(a)));
}

function found(
  document: SearchDocument,
  { score, match, query }: { score: number; match: Match; query: Query },
): FoundDocument {
  const { kind, title, code, parents, centre, box } = document;
  return {
    id: documentId(document),
    kind,
    title,
    code,
    score: Math.round(Math.min(1, score) * 1000) / 1000,
    why: { match, highlights: highlight(title, query, match === 'fuzzy') },
    parents,
    centre: centre && [rounded(centre[0]), rounded(centre[1])],
    bbox: box && [rounded(box[0]), rounded(box[1]), rounded(box[2]), rounded(box[3])],
    links: links(document),
  };
}

const rounded = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;

function links({ kind, shownBy }: SearchDocument): Record<string, string> {
  const id = encodeURIComponent(shownBy);
  if (kind === 'choropleth') return { choropleth: `${ANY_HOST}/gis/choropleth/${id}` };
  return { tiles: `${ANY_HOST}/tiles/${id}.json` };
}
