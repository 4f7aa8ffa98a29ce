import { field, h } from '../dom.ts';
import type { Preview, Sources, StudioClient } from './client.ts';
import { choice, CODES, dropZone, fill, guess, NAMES, named, part, tableOf, type Option } from './parts.ts';
import { STUDIO } from './texts.ts';

export interface BoundaryEvents {
  /** Something else is chosen: what it is is asked for. */
  onChange(): void;
  onPreview(preview: Preview): void;
  /** A layer of the database is to be shown as it is. */
  onLayer(layer: string | undefined): void;
  onBrought(table: string): Promise<void>;
  /** Work that may fail: then that is told. */
  run(what: string, work: () => Promise<void>): void;
}

/** Step 1: a region set, a layer that becomes one, or a file. */
export class Boundaries {
  readonly element: HTMLElement;
  readonly #events: BoundaryEvents;
  readonly #client: StudioClient;
  readonly #source = choice();
  readonly #code = choice();
  readonly #name = choice();
  readonly #set = h('input', { type: 'text', maxlength: 64, spellcheck: 'false' });
  readonly #table = h('input', { type: 'text', maxlength: 63, spellcheck: 'false' });
  readonly #note = h('p', { class: 'muted', role: 'status' });
  readonly #columns = h('div', { class: 'pair', hidden: true });
  readonly #own = h('div', { class: 'stack', hidden: true });
  readonly #import = h('div', { class: 'stack', hidden: true });
  #sources: Sources | undefined;
  #preview: Preview | undefined;

  constructor(client: StudioClient, events: BoundaryEvents) {
    this.#client = client;
    this.#events = events;
    this.#columns.append(field(STUDIO.codeColumn, this.#code), field(STUDIO.nameColumn, this.#name));
    this.#own.append(field(STUDIO.setId, this.#set));
    const bring = h(
      'button',
      { type: 'button', class: 'button', onclick: () => this.#bring() },
      STUDIO.importRegions,
    );
    this.#import.append(field(STUDIO.newTable, this.#table), bring);
    this.#source.addEventListener('change', () => this.#choose());
    for (const control of [this.#code, this.#name, this.#set])
      control.addEventListener('change', () => this.#preview || this.#events.onChange());
    this.element = part(
      'boundaries',
      STUDIO.steps.boundaries,
      field(STUDIO.layer, this.#source),
      dropZone(STUDIO.dropBoundaries, '.geojson,.json,application/geo+json', (file) => this.#drop(file)),
      this.#note,
      this.#columns,
      this.#own,
      this.#import,
    );
  }

  show(sources: Sources, wanted = this.#source.value): void {
    this.#sources = sources;
    const known = new Set(sources.sets.map(({ table }) => table));
    const options = (list: readonly Option[]): HTMLElement[] =>
      list.map(([value, label]) => h('option', { value }, label));
    const layers = sources.layers.filter(({ table }) => !known.has(table));
    this.#source.replaceChildren(
      h('option', { value: '' }, STUDIO.choose),
      h('optgroup', { label: STUDIO.sets }, ...options(sources.sets.map(({ id }) => [`set:${id}`, id]))),
      h(
        'optgroup',
        { label: STUDIO.layers },
        ...options(layers.map(({ id, title }) => [`layer:${id}`, title])),
      ),
    );
    this.#source.value = wanted;
    if (this.#source.value === '') this.#source.value = '';
  }

  /** What a draft says of it; undefined where nothing is chosen that is in the database. */
  get asked(): object | undefined {
    const [kind, id] = this.#chosen();
    if (kind === 'set') return { set: id };
    const layer = this.#sources?.layers.find((one) => one.id === id);
    if (kind !== 'layer' || !layer || this.#set.value === '') return undefined;
    const { table, geometry } = layer;
    const regions = { table, geometry, code: this.#code.value, name: this.#name.value };
    return { set: this.#set.value, regions };
  }

  #chosen(): [kind: string, id: string] {
    const { value } = this.#source;
    const colon = value.indexOf(':');
    return [value.slice(0, colon), value.slice(colon + 1)];
  }

  #choose(): void {
    const [kind, id] = this.#chosen();
    this.#preview = undefined;
    this.#import.hidden = true;
    this.#note.textContent = '';
    const layer = this.#sources?.layers.find((one) => one.id === id);
    const isNew = kind === 'layer' && layer !== undefined;
    if (isNew)
      this.#offer(
        layer.columns.filter((name) => name !== layer.geometry),
        id,
      );
    this.#columns.hidden = this.#own.hidden = !isNew;
    this.#events.onLayer(isNew ? id : this.#sources?.sets.find((one) => one.id === id)?.layer);
    this.#events.onChange();
  }

  #offer(columns: readonly string[], set: string): void {
    const codes = guess(columns, CODES);
    fill(this.#code, named(columns), codes);
    fill(this.#name, named(columns), guess(columns, NAMES));
    this.#set.value = set
      .replace(/[^a-z0-9_-]+/gi, '-')
      .replace(/^[-_]+/, '')
      .slice(0, 64);
  }

  #drop(file: File): void {
    this.#events.run(STUDIO.reading(file.name), async () => {
      this.#preview = undefined;
      const preview = await this.#client.preview(file);
      this.#preview = preview;
      this.#source.value = '';
      this.#offer(Object.keys(preview.stats), tableOf(file.name));
      this.#table.value = tableOf(file.name);
      this.#note.textContent = STUDIO.previewed(preview.features);
      this.#columns.hidden = this.#import.hidden = false;
      this.#own.hidden = true;
      this.#events.onPreview(preview);
    });
  }

  #bring(): void {
    const preview = this.#preview;
    if (!preview) return;
    this.#events.run(STUDIO.importRegions, async () => {
      const brought = await this.#client.bringRegions({
        ...{ preview: preview.id, table: this.#table.value },
        ...{ code: this.#code.value, name: this.#name.value },
      });
      await this.#events.onBrought(brought.table);
      const layer = this.#sources?.layers.find(({ table }) => table === brought.table);
      if (!layer) return;
      this.#source.value = `layer:${layer.id}`;
      this.#choose();
      this.#note.textContent = STUDIO.imported(brought.rows, brought.table);
    });
  }
}
