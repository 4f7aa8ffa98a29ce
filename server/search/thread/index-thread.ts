import { Thread } from '../../tools/thread.ts';
import type { Corpus } from '../documents/corpus.ts';
import { flatCorpus, indexFrom, type FlatCorpus, type FlatIndex } from '../index/flat.ts';
import { buildIndex, type SearchIndex } from '../index/search-index.ts';
import { inSlices, type Turns } from '../index/slices.ts';

/** Fewer documents are made into an index here: a thread costs some milliseconds itself, and memory. */
const ON_THIS_THREAD = 20_000;
/** Lists of texts are copied one by one: with more of them than this the copying would hold up requests. */
const MOST_LISTS = 50_000;

/** The index before it answers meanwhile. */
const NICENESS = 10;

const thread = new Thread<FlatCorpus, FlatIndex>(new URL('./index-worker', import.meta.url), {
  maxWaiting: 10,
  timeoutMs: 300_000,
  restMs: 30_000,
  niceness: NICENESS,
});

/** Makes an index without holding up the event loop: of many documents on another thread, of few in slices. */
export async function makeIndex(documents: Corpus, turns: Turns): Promise<SearchIndex> {
  const lists = documents.parts.reduce(
    (sum, part) => sum + part.lists.length,
    documents.overlay.lists.length,
  );
  if (documents.length <= ON_THIS_THREAD || lists > MOST_LISTS) return inSlices(buildIndex(documents), turns);
  return makeOnThread(documents, turns);
}

export async function makeOnThread(documents: Corpus, { signal }: Turns = {}): Promise<SearchIndex> {
  const flat = await thread.run(flatCorpus(documents));
  signal?.throwIfAborted();
  return indexFrom(documents, flat);
}
