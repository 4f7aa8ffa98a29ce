import { rename, rm } from 'node:fs/promises';
import type { Bounds } from '../../engine/types.ts';
import { firstId } from '../format/tile-id.ts';
import { Journal, recordOf, type Noted } from './journal.ts';
import type { Maker, Outcome } from './outcome.ts';
import { writeMbtiles } from './mbtiles.ts';
import { TileFile, type Heading } from './tile-file.ts';
import { Places, stepsBelow, type Step } from './walk.ts';

/** An archive to make. */
export interface ArchivePlan extends Heading {
  /** Everything that decides its bytes; undefined where nothing tells that its data changed: then nothing of it is resumed. */
  readonly identity: string | undefined;
  /** Only tiles that meet this box; all that there are where absent. */
  readonly bbox: Bounds | undefined;
  readonly makerAt: (z: number) => Maker;
  /** Called when all tiles are made. @throws DataChanged where that shows only now */
  readonly complete: () => Promise<void>;
}

export interface Progress {
  readonly zoom: number;
  readonly tiles: number;
  readonly bytes: number;
  /** How much is done, from 0 to 1. */
  readonly share: number;
}

export interface ArchiveOptions {
  readonly out: string;
  readonly tell: (progress: Progress) => void;
  /** Told when what another run left is used, or is of something else. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** Milliseconds of work that a run which is ended may lose. */
  readonly checkpointMs?: number;
}

export interface MadeArchive {
  readonly tiles: number;
  readonly bytes: number;
}

const CHECKPOINT_MS = 2_000;

/**
 * Makes an archive: all tiles of all zooms in the order in which they stand in the file, those below bare ones left out. What is
 * done stands in two files beside the target, from which another run goes on to the same bytes.
 */
export async function makeArchive(plan: ArchivePlan, options: ArchiveOptions): Promise<MadeArchive> {
  const { out } = options;
  const [partial, notes] = [`${out}.partial`, `${out}.partial.journal`];
  const { journal, resumed, found } = await Journal.open(
    notes,
    plan.identity ?? `once ${performance.timeOrigin}`,
  );
  if (found && !resumed) options.say(`${notes} is of other data or another map: beginning anew`);
  if (!resumed) await rm(partial, { force: true });
  let file = await TileFile.open(partial);
  let run = new Run(plan, options, file, journal);
  try {
    await run.all().catch(async (error: unknown) => {
      if (!(error instanceof NotWritten)) throw error;
      options.say(`${partial} does not hold what ${notes} says: beginning anew`);
      await journal.begin(plan.identity ?? '');
      await file.close();
      await rm(partial, { force: true });
      file = await TileFile.open(partial);
      run = new Run(plan, options, file, journal);
      await run.all();
    });
    await plan.complete();
    await finish(file, plan, { partial, out });
    await rm(notes);
    return { tiles: file.tiles, bytes: file.bytes };
  } finally {
    await file.close();
    await journal.close();
  }
}

/** The end of the archive, and its name; or what it has as MBTiles, where it is to be called that. */
async function finish(
  file: TileFile,
  heading: Heading,
  { partial, out }: { readonly partial: string; readonly out: string },
): Promise<void> {
  if (!out.endsWith('.mbtiles')) {
    await file.finish(heading);
    return rename(partial, out);
  }
  await file.write();
  await writeMbtiles(`${partial}.mbtiles`, file, heading);
  await rename(`${partial}.mbtiles`, out);
  await rm(partial);
}

/** The file of tiles is not what its journal says. */
class NotWritten extends Error {}

/** A batch on its way, in the order of the walk. */
interface Pending {
  readonly steps: readonly Step[];
  readonly outcomes: Promise<readonly Outcome[]>;
}

/** One walk over all zooms, which begins with what is noted already. */
class Run {
  readonly #plan: ArchivePlan;
  readonly #options: ArchiveOptions;
  readonly #file: TileFile;
  readonly #journal: Journal;
  #records: Buffer[] = [];
  #savedAt = performance.now();
  #isResuming = true;

  constructor(plan: ArchivePlan, options: ArchiveOptions, file: TileFile, journal: Journal) {
    this.#plan = plan;
    this.#options = options;
    this.#file = file;
    this.#journal = journal;
  }

  async all(): Promise<void> {
    let parents: Places | undefined;
    for (let z = 0; z <= this.#plan.zooms[1]; z++) parents = await this.#zoom(z, parents);
    await this.#noted(); // of a run that was ended when all but the end was done
  }

  /** Adds the tiles of a zoom, and returns the places of those that have something in or below them. */
  async #zoom(z: number, parents: Places | undefined): Promise<Places> {
    const { bbox, makerAt, zooms } = this.#plan;
    const maker = makerAt(z);
    const wanted = z >= zooms[0];
    const next = new Places();
    const pending: Pending[] = [];
    const candidates = parents ? 4 * parents.count : 1;
    let done = 0;
    const take = async (): Promise<void> => {
      const oldest = pending.shift();
      if (!oldest) return;
      await this.#add(z, oldest.steps, await oldest.outcomes, next);
      done += oldest.steps.length;
      const { tiles, bytes } = this.#file;
      this.#options.tell({
        zoom: z,
        tiles,
        bytes,
        share: 4 ** (z - zooms[1]) * (0.25 + (0.75 * done) / candidates),
      });
    };
    for (const steps of stepsBelow(parents, z, bbox)) {
      this.#options.signal.throwIfAborted();
      const noted = await this.#noted();
      if (noted) {
        this.#addNoted(z, steps, noted, next);
        continue;
      }
      const outcomes = maker.make({ coords: steps.map(({ coord }) => coord), wanted });
      outcomes.catch(() => {}); // thrown where it is its turn
      pending.push({ steps, outcomes });
      if (pending.length >= maker.width) await take();
    }
    while (pending.length > 0) await take();
    return next;
  }

  async #add(z: number, steps: readonly Step[], outcomes: readonly Outcome[], next: Places): Promise<void> {
    steps.forEach(({ place }, i) => {
      const outcome = outcomes[i] ?? 'bare';
      if (outcome !== 'bare') next.add(place);
      if (typeof outcome !== 'string') this.#file.add(firstId(z) + place, outcome.hash, outcome.bytes);
    });
    this.#records.push(recordOf(outcomes));
    const { checkpointMs = CHECKPOINT_MS } = this.#options;
    if (performance.now() - this.#savedAt >= checkpointMs) await this.#save();
    else if (this.#file.isFull) await this.#file.write();
  }

  /** The tiles first: what the journal says is always there. */
  async #save(): Promise<void> {
    await this.#file.sync();
    await this.#journal.write(this.#records);
    this.#records = [];
    this.#savedAt = performance.now();
  }

  #addNoted(z: number, steps: readonly Step[], noted: readonly Noted[], next: Places): void {
    if (noted.length !== steps.length) throw new NotWritten();
    steps.forEach(({ place }, i) => {
      const note = noted[i] ?? 'bare';
      if (note !== 'bare') next.add(place);
      if (typeof note !== 'string') this.#file.addWritten(firstId(z) + place, note.hash, note.length);
    });
  }

  /** What the journal has of the next batch. Behind its last, the file of tiles goes on where that ended. */
  async #noted(): Promise<readonly Noted[] | undefined> {
    if (!this.#isResuming) return undefined;
    const noted = await this.#journal.next();
    if (noted) return noted;
    this.#isResuming = false;
    if (!(await this.#file.trim())) throw new NotWritten();
    if (this.#file.tiles > 0) this.#options.say(`going on behind ${this.#file.tiles} tiles that are done`);
    return undefined;
  }
}
