import { field, h } from '../dom.ts';
import type { Draft, StudioClient } from './client.ts';
import { copyable, part } from './parts.ts';
import { STUDIO } from './texts.ts';

interface PublishEvents {
  onChange(): void;
  /** What is published, as the draft has it. */
  asked(): object;
  run(what: string, work: () => Promise<void>): void;
}

/** Step 5: the SQL and the lines to take along, or both applied. */
export class Publish {
  readonly element: HTMLElement;
  readonly #client: StudioClient;
  readonly #events: PublishEvents;
  readonly #id = h('input', { type: 'text', maxlength: 64, spellcheck: 'false' });
  readonly #title = h('input', { type: 'text', maxlength: 200 });
  readonly #sql = copyable(STUDIO.sql);
  readonly #lines = copyable(STUDIO.lines);
  readonly #note = h('p', { class: 'note', hidden: true });
  readonly #done = h('p', { class: 'done', role: 'status' });
  readonly #button: HTMLButtonElement;

  constructor(client: StudioClient, events: PublishEvents) {
    this.#client = client;
    this.#events = events;
    this.#button = h(
      'button',
      { type: 'button', class: 'button primary', onclick: () => this.#apply() },
      STUDIO.apply,
    );
    for (const control of [this.#id, this.#title])
      control.addEventListener('change', () => events.onChange());
    this.element = part(
      'publish',
      STUDIO.steps.publish,
      h('div', { class: 'pair' }, field(STUDIO.mapTitle, this.#title), field(STUDIO.id, this.#id)),
      this.#sql.element,
      this.#lines.element,
      this.#note,
      this.#button,
      this.#done,
    );
    this.reset();
  }

  reset(): void {
    this.#id.value = this.#title.value = '';
    this.show(undefined);
  }

  get asked(): object {
    const [id, title] = [this.#id.value.trim(), this.#title.value.trim()];
    return { ...(id !== '' && { id }), ...(title !== '' && { title }) };
  }

  show(draft: Draft | undefined): void {
    this.element.hidden = draft?.lines === undefined;
    this.#done.replaceChildren();
    if (!draft) return;
    this.#id.placeholder = draft.id ?? '';
    this.#sql.show(draft.sql ?? '');
    this.#lines.show(draft.lines ?? '');
    const { writable, reason } = draft.maps;
    this.#button.hidden = !writable;
    this.#note.hidden = writable;
    this.#note.textContent = reason === 'no_file' ? STUDIO.noFile : STUDIO.readOnly;
  }

  #apply(): void {
    this.#button.disabled = true;
    this.#events.run(STUDIO.applying, async () => {
      try {
        const { id } = await this.#client.apply(this.#events.asked());
        const link = h('a', { href: `./#/${encodeURIComponent(id)}` }, STUDIO.see);
        this.#done.replaceChildren(STUDIO.published, ' ', link);
        this.#button.hidden = true;
        link.focus();
      } finally {
        this.#button.disabled = false;
      }
    });
  }
}
