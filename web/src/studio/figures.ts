import { field, h } from '../dom.ts';
import type { Sources, StudioClient } from './client.ts';
import { choice, dropZone, fill, part, tableOf } from './parts.ts';
import { STUDIO } from './texts.ts';

export interface FigureEvents {
  onChange(): void;
  onBrought(table: string): Promise<void>;
  run(what: string, work: () => Promise<void>): void;
}

/** Step 2: a table or view, or a file. */
export class Figures {
  readonly element: HTMLElement;
  readonly #client: StudioClient;
  readonly #events: FigureEvents;
  readonly #source = choice();
  readonly #table = h('input', { type: 'text', maxlength: 63, spellcheck: 'false' });
  readonly #decimal = choice(Object.entries(STUDIO.decimals));
  readonly #note = h('p', { class: 'muted', role: 'status' });
  readonly #import = h('div', { class: 'stack', hidden: true });
  #file: File | undefined;

  constructor(client: StudioClient, events: FigureEvents) {
    this.#client = client;
    this.#events = events;
    const bring = h(
      'button',
      { type: 'button', class: 'button', onclick: () => this.#bring() },
      STUDIO.importTable,
    );
    const pair = h(
      'div',
      { class: 'pair' },
      field(STUDIO.newTable, this.#table),
      field(STUDIO.decimal, this.#decimal),
    );
    this.#import.append(pair, bring);
    this.#source.addEventListener('change', () => {
      this.#import.hidden = true;
      this.#note.textContent = '';
      events.onChange();
    });
    this.element = part(
      'figures',
      STUDIO.steps.figures,
      field(STUDIO.table, this.#source),
      dropZone(STUDIO.dropFigures, '.csv,.tsv,text/csv', (file) => this.#drop(file)),
      this.#note,
      this.#import,
    );
  }

  show({ tables }: Sources, wanted = this.#source.value): void {
    const shown = tables.map(({ table }) => [table, table.replace(/^public\./, '')] as const);
    fill(this.#source, [['', STUDIO.choose], ...shown], wanted);
  }

  /** The table, where one is chosen. */
  get table(): string | undefined {
    return this.#source.value === '' ? undefined : this.#source.value;
  }

  #drop(file: File): void {
    this.#file = file;
    this.#table.value = tableOf(file.name);
    this.#note.textContent = file.name;
    this.#import.hidden = false;
    this.#table.focus();
  }

  #bring(): void {
    const file = this.#file;
    if (!file) return;
    this.#events.run(STUDIO.reading(file.name), async () => {
      const { table, rows } = await this.#client.bringTable(this.#table.value, this.#decimal.value, file);
      await this.#events.onBrought(table);
      this.#source.value = table;
      this.#import.hidden = true;
      this.#note.textContent = STUDIO.imported(rows, table);
      this.#events.onChange();
    });
  }
}
