import { h } from '../dom.ts';
import { ask, fetchAssistant, type Assistant, type AskAnswer, type Language, type Source } from './client.ts';
import { failureText } from './failure.ts';
import type { Shown } from './sources.ts';
import { ASK_TEXTS, LANGUAGE_CHOICE, preferredLanguage, type AskTexts } from './texts.ts';

export interface AskPanelEvents {
  /** The source as the map can show it; undefined where it cannot. */
  find(source: Source): Shown | undefined;
  onShow(shown: Shown): void;
  /** An answer is there, or a new question was asked: these are the sources now. */
  onSources(sources: readonly Source[]): void;
}

/** The box for questions: hidden until the server says that there is somebody to answer them. */
export class AskPanel {
  readonly element: HTMLElement;
  readonly #events: AskPanelEvents;
  readonly #summary = h('summary');
  readonly #languages = h('div', { class: 'ask-languages', role: 'group', 'aria-label': LANGUAGE_CHOICE });
  readonly #label = h('span', { class: 'field-label' });
  readonly #question = h('textarea', { name: 'question', rows: 2, enterkeyhint: 'send' });
  readonly #button = h('button', { type: 'submit', class: 'button primary' });
  /** Read out as it grows; what is in it stays, so that nothing is read twice. */
  readonly #answer = h('div', { class: 'ask-answer', 'aria-live': 'polite' });
  readonly #after = h('div', { class: 'ask-after' });
  readonly #suggestions = h('ul', { class: 'ask-suggestions' });
  readonly #suggestionsLabel = h('p', { class: 'field-label', id: 'ask-suggestions' });
  readonly #note = h('p', { class: 'ask-note' });
  #assistant: Assistant | undefined;
  #language: Language = 'en';
  #asking: AbortController | undefined;

  constructor(events: AskPanelEvents) {
    this.#events = events;
    this.#suggestions.setAttribute('aria-labelledby', 'ask-suggestions');
    this.#question.addEventListener('keydown', (event) => {
      // A line more is Shift and Enter; while a word is being composed Enter ends that word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.#asking) void this.#ask();
    });
    const onsubmit = (event: Event): void => {
      event.preventDefault();
      if (this.#asking) this.#asking.abort();
      else void this.#ask();
    };
    this.element = h(
      'details',
      { class: 'ask', hidden: true },
      this.#summary,
      h(
        'div',
        { class: 'ask-body' },
        this.#languages,
        h(
          'form',
          { class: 'ask-form', onsubmit },
          h('label', { class: 'field' }, this.#label, this.#question),
          this.#button,
        ),
        this.#answer,
        this.#after,
        h('div', {}, this.#suggestionsLabel, this.#suggestions),
        this.#note,
      ),
    );
  }

  /** Shows the box where questions are answered. A page without it is whole, so a failure is none of the page. */
  async start(): Promise<void> {
    this.#assistant = await fetchAssistant(new AbortController().signal).catch(() => undefined);
    if (!this.#assistant) return;
    const { languages, question } = this.#assistant;
    this.#question.maxLength = question.max;
    this.#languages.hidden = languages.length < 2;
    this.#speak(preferredLanguage(navigator.languages, languages));
    this.element.hidden = false;
  }

  get #texts(): AskTexts {
    return ASK_TEXTS[this.#language];
  }

  #speak(language: Language): void {
    if (!this.#assistant) return;
    const { languages, suggestions, model } = this.#assistant;
    this.#language = language;
    const texts = this.#texts;
    this.element.lang = language;
    this.#summary.textContent = texts.title;
    this.#label.textContent = texts.question;
    this.#question.placeholder = texts.placeholder;
    this.#button.textContent = this.#asking ? texts.stop : texts.ask;
    this.#answer.setAttribute('aria-label', texts.answerLabel);
    this.#suggestionsLabel.textContent = texts.suggestions;
    this.#note.textContent = texts.note(model);
    const offered = suggestions[language] ?? [];
    this.#suggestions.replaceChildren(...offered.map((text) => h('li', {}, this.#suggestion(text))));
    this.#suggestionsLabel.hidden = offered.length === 0;
    this.#showLanguages(languages);
  }

  /** The buttons stay the same ones, or the one that was pressed would lose the focus. */
  #showLanguages(languages: readonly Language[]): void {
    if (this.#languages.childElementCount === 0)
      this.#languages.append(
        ...languages.map((each) =>
          h(
            'button',
            { type: 'button', lang: each, onclick: () => this.#speak(each) },
            ASK_TEXTS[each].language,
          ),
        ),
      );
    for (const button of this.#languages.querySelectorAll('button'))
      button.setAttribute('aria-pressed', String(button.lang === this.#language));
  }

  #suggestion(text: string): HTMLElement {
    const onclick = (): void => {
      this.#question.value = text;
      void this.#ask();
    };
    return h('button', { type: 'button', onclick }, text);
  }

  async #ask(): Promise<void> {
    const question = this.#question.value.trim();
    if (!this.#assistant) return;
    this.#asking?.abort();
    const { min, max } = this.#assistant.question;
    if ([...question].length < min) return this.#say('failed', this.#texts.length(min, max));
    const asking = new AbortController();
    this.#asking = asking;
    this.#button.textContent = this.#texts.stop;
    this.#events.onSources([]);
    this.#say('waiting', this.#texts.thinking);
    let hasBegun = false;
    const onSentence = (text: string): void => {
      if (asking.signal.aborted) return;
      if (!hasBegun) this.#say('answering', '');
      hasBegun = true;
      this.#answer.firstElementChild?.append(h('span', {}, text));
    };
    try {
      this.#done(await ask(question, onSentence, asking.signal), hasBegun);
    } catch (error) {
      if (this.#asking !== asking) return; // another question took its place
      if (asking.signal.aborted) this.#remark(this.#texts.stopped, hasBegun);
      else this.#failed(error, hasBegun);
    } finally {
      if (this.#asking === asking) {
        this.#asking = undefined;
        this.#button.textContent = this.#texts.ask;
      }
    }
  }

  #done({ answer, language, refused, sources }: AskAnswer, hasBegun: boolean): void {
    // A refusal takes the place of what was said; other answers have been said already, but for some blanks.
    if (refused || !hasBegun) this.#say(refused ? 'refused' : 'answered', answer);
    else this.#answer.dataset.state = 'answered';
    this.#answer.lang = language;
    this.#showSources(sources);
    this.#events.onSources(sources);
  }

  #failed(error: unknown, hasBegun: boolean): void {
    const { question } = this.#assistant as Assistant;
    const { text, mayRetry } = failureText(error, this.#texts, { question, hasBegun });
    this.#remark(text, hasBegun);
    this.#answer.dataset.state = 'failed';
    if (!mayRetry) return;
    const onclick = (): void => {
      this.#question.focus(); // the button goes away
      void this.#ask();
    };
    this.#after.replaceChildren(h('button', { type: 'button', class: 'button', onclick }, this.#texts.again));
  }

  /** Says something in place of an answer, or below the part of it that is there. */
  #remark(text: string, below: boolean): void {
    if (below) this.#answer.append(h('p', { class: 'ask-remark' }, text));
    else this.#say('refused', text);
  }

  #say(state: 'waiting' | 'answering' | 'answered' | 'refused' | 'failed', text: string): void {
    this.#answer.dataset.state = state;
    this.#answer.removeAttribute('lang');
    this.#answer.replaceChildren(
      h('p', {}, state === 'waiting' && h('span', { class: 'spinner', 'aria-hidden': 'true' }), text),
    );
    this.#after.replaceChildren();
  }

  #showSources(sources: readonly Source[]): void {
    const shown = sources.map((source) => this.#events.find(source)).filter((each) => each !== undefined);
    if (shown.length === 0) return;
    const row = (each: Shown): HTMLElement =>
      h(
        'li',
        {},
        h(
          'button',
          { type: 'button', 'data-region': each.state.region, onclick: () => this.#events.onShow(each) },
          h('span', {}, each.place),
          h('small', {}, each.figure),
        ),
      );
    this.#after.replaceChildren(
      h('p', { class: 'field-label', id: 'ask-sources' }, this.#texts.sources(shown.length)),
      h('ul', { class: 'ask-sources', 'aria-labelledby': 'ask-sources' }, ...shown.map(row)),
    );
  }
}
