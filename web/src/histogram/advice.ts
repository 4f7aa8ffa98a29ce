import { formAddress, send, type Choropleth } from '../api.ts';
import { h } from '../dom.ts';
import { apiQuery, type State } from '../state.ts';
import { TEXTS } from '../texts.ts';
import { option, type Change } from '../panel/controls.ts';

interface Candidate {
  method: keyof typeof TEXTS.methods;
  isolate: number[];
  breaks: number[];
  gvf: number | null;
  reason: string;
}

/** What the server proposes for the values that are shown: each with a reason, each a click away. */
export class Advice {
  readonly element = h('div', { class: 'advice wide', hidden: true });
  readonly #list = h('ul', { class: 'chips' });
  readonly #reason = h('p', { class: 'setting-note' });
  readonly #onChange: (change: Change) => void;
  #asked = new AbortController();
  /** What the advice is about: it does not depend on how the values are classed now. */
  #about = '';
  #state: State | undefined;
  #choropleth: Choropleth | undefined;

  constructor(onChange: (change: Change) => void) {
    this.#onChange = onChange;
    this.element.append(h('p', { class: 'field-label' }, TEXTS.advice), this.#list, this.#reason);
    for (const name of ['pointerover', 'focusin'])
      this.#list.addEventListener(name, (event) => this.#tell(event));
    for (const name of ['pointerleave', 'focusout']) this.#list.addEventListener(name, () => this.#tell());
  }

  async update(choropleth: Choropleth, state: State, version: string): Promise<void> {
    const query = apiQuery(state, choropleth);
    for (const name of ['method', 'breaks', 'isolate', 'scheme', 'reverse', 'center']) query.delete(name);
    query.set('locale', TEXTS.locale);
    const about = `${version} ${choropleth.id} ${query}`;
    if (state.view !== 'classes' || about !== this.#about) this.element.hidden = true;
    if (state.view !== 'classes') return;
    if (about !== this.#about) await this.#load(formAddress(choropleth.id, 'advise.json', query), about);
    this.#mark(choropleth, state);
  }

  /** Without advice the page lacks nothing, so failing is quiet. */
  async #load(address: string, about: string): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    // Another question may come while the answer to this one is still being read.
    const answer = await send(address, { signal, headers: { Accept: 'application/json' } })
      .then((response) => response.json() as Promise<{ advice: { candidates: Candidate[] } }>)
      .catch(() => undefined);
    if (!answer || signal.aborted) return;
    const { advice } = answer;
    this.#about = about;
    this.#list.replaceChildren(...advice.candidates.map((candidate) => h('li', {}, this.#button(candidate))));
    this.element.hidden = advice.candidates.length === 0;
  }

  #button({ method, isolate, gvf, reason }: Candidate): HTMLElement {
    const fit =
      gvf === null ? '' : gvf.toLocaleString(TEXTS.locale, { style: 'percent', maximumFractionDigits: 0 });
    const onclick = (): void => this.#onChange({ method, options: this.#options(isolate) });
    return h(
      'button',
      {
        type: 'button',
        class: 'chip',
        title: reason,
        'data-method': method,
        'data-isolate': isolate.join(),
        onclick,
      },
      TEXTS.methods[method],
      fit !== '' && h('small', {}, TEXTS.fit(fit)),
    );
  }

  #options(isolate: readonly number[]): State['options'] {
    if (!this.#state) return {};
    const configured = (this.#choropleth?.classify.isolate ?? []).join();
    const wanted = isolate.join();
    const without = { ...this.#state, ...option('breaks', '', this.#state) };
    return option('isolate', wanted === configured ? '' : wanted || 'none', without).options;
  }

  #mark(choropleth: Choropleth, state: State): void {
    this.#state = state;
    this.#choropleth = choropleth;
    const isolate = (state.options.isolate ?? (choropleth.classify.isolate ?? []).join()).replace('none', '');
    for (const button of this.#list.querySelectorAll<HTMLElement>('button')) {
      const isShown = button.dataset.method === state.method && button.dataset.isolate === isolate;
      button.setAttribute('aria-pressed', String(isShown));
    }
    this.element.hidden = this.#list.children.length === 0;
    this.#tell();
  }

  /** The reason for what is pointed at, or else for what is shown. */
  #tell(event?: Event): void {
    const pointed = event?.target instanceof Element ? event.target.closest('button') : null;
    const told = pointed ?? this.#list.querySelector<HTMLElement>('[aria-pressed=true]');
    this.#reason.textContent = told?.title ?? '';
  }
}
