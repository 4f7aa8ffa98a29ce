import { field, h } from '../dom.ts';
import { copyButton } from '../docs/copy.ts';
import { siteBar } from '../site.ts';
import { answerPart } from './answer.ts';
import { RequestForm } from './form.ts';
import { changes, curlOf, firstValues, hashOf, readHash, type Operation } from './operations.ts';
import { methodTag, RoutesList } from './routes-list.ts';
import { sendRequest, type Answer } from './sending.ts';
import { presentValues, startPart, type Present } from './start.ts';
import { confirmed } from './sure.ts';
import { CONSOLE_TEXTS as TEXTS } from './texts.ts';

/** A page that tries out the routes of this server. The key is in one field of it, and goes with the page. */
export class ConsolePage {
  readonly #operations: readonly Operation[];
  readonly #present: Present;
  readonly #routes: RoutesList;
  readonly #main = h('main', { class: 'request', id: 'request', tabindex: -1 });
  readonly #said = h('p', { class: 'visually-hidden', role: 'status' });
  readonly #key = h('input', { type: 'password', autocomplete: 'off', spellcheck: 'false' });
  #shown: string | undefined;
  #sending: AbortController | undefined;

  constructor(root: HTMLElement, operations: readonly Operation[], present: Present) {
    this.#operations = operations;
    this.#present = present;
    this.#routes = new RoutesList(operations);
    root.replaceChildren(
      h('a', { class: 'skip', href: '#request', onclick: (event: Event) => this.#skip(event) }, TEXTS.skip),
      siteBar('api', ''),
      h('div', { class: 'console' }, this.#routes.element, this.#main),
      this.#said,
    );
    addEventListener('hashchange', () => this.#follow());
    this.#follow();
  }

  #skip(event: Event): void {
    event.preventDefault(); // the address says what is shown
    this.#main.focus();
  }

  #follow(): void {
    if (location.hash === this.#shown) return;
    const found = readHash(location.hash, this.#operations);
    this.#shown = location.hash;
    this.#sending?.abort();
    this.#routes.mark(found?.operation);
    if (!found) {
      this.#key.oninput = null;
      this.#main.replaceChildren(...startPart(this.#operations, this.#present, this.#key));
      return;
    }
    const { operation, values } = found;
    this.#show(operation, values ?? presentValues(operation, firstValues(operation), this.#present));
    scrollTo(0, 0);
  }

  #show(operation: Operation, values: Readonly<Record<string, string>>): void {
    const { method, path, summary, parameters, security, responses } = operation;
    const line = h('code');
    const answer = h('div', { class: 'answer-frame' });
    const form = new RequestForm(operation, values, () => update());
    const update = (): void => {
      const base = new URL('./', document.baseURI).href;
      line.textContent = curlOf(
        operation,
        form.filled,
        base,
        security !== undefined || this.#key.value !== '',
      );
      this.#shown = hashOf(operation, form.filled.values);
      history.replaceState(null, '', this.#shown);
      this.#shown = location.hash;
    };
    const send = h('button', { type: 'submit', class: 'button primary' }, TEXTS.send);
    const examples = h('button', { type: 'button', class: 'button' }, TEXTS.examples);
    examples.addEventListener('click', () => {
      form.fillExamples(parameters);
      update();
    });
    this.#key.oninput = update;
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.#submit(operation, form, send, answer);
    };
    this.#main.replaceChildren(
      h('h1', { class: 'operation' }, methodTag(method), h('span', { class: 'path' }, path)),
      h('p', {}, summary),
      h(
        'form',
        { onsubmit: submit },
        security !== undefined &&
          h(
            'div',
            { class: 'key' },
            field(`${TEXTS.key} (${TEXTS.needsKey})`, this.#key),
            h('p', { class: 'muted' }, TEXTS.keyHint),
          ),
        h('h2', {}, TEXTS.parameters),
        form.element,
        h(
          'div',
          { class: 'buttons' },
          send,
          parameters.some(({ example }) => example !== undefined) && examples,
        ),
      ),
      h('h2', {}, TEXTS.curl),
      h(
        'div',
        { class: 'code-frame' },
        h('pre', { tabindex: 0, 'aria-label': TEXTS.curl }, line),
        copyButton(() => line.textContent ?? ''),
      ),
      answer,
      h(
        'details',
        { class: 'possible' },
        h('summary', {}, TEXTS.answers),
        h(
          'ul',
          {},
          ...Object.entries(responses).map(([status, { description, content = {} }]) =>
            h(
              'li',
              {},
              h('b', {}, status),
              ` ${description} `,
              h('code', {}, Object.keys(content).join(', ')),
            ),
          ),
        ),
      ),
      security === undefined
        ? h(
            'details',
            { class: 'possible' },
            h('summary', {}, TEXTS.key),
            field(TEXTS.key, this.#key),
            h('p', { class: 'muted' }, TEXTS.keyHint),
          )
        : '',
    );
    update();
  }

  async #submit(
    operation: Operation,
    form: RequestForm,
    button: HTMLElement,
    frame: HTMLElement,
  ): Promise<void> {
    if (this.#sending) return this.#sending.abort();
    const missing = form.missing(operation.parameters);
    if (missing) return missing.focus();
    if (changes(operation) && !(await confirmed(`${operation.method.toUpperCase()} ${operation.path}`)))
      return;
    const sending = (this.#sending = new AbortController());
    button.textContent = TEXTS.stop;
    frame.setAttribute('aria-busy', 'true');
    const show = (answer: Answer): void =>
      frame.replaceChildren(h('h2', {}, TEXTS.answer), answerPart(answer, ''));
    try {
      const answer = await sendRequest({
        operation,
        filled: form.filled,
        key: this.#key.value.trim(),
        root: '',
        signal: sending.signal,
        onProgress: show,
      });
      show(answer);
      // Forms are long: what was asked for is not to be searched for below them.
      if (frame.getBoundingClientRect().top > innerHeight / 2) frame.scrollIntoView({ block: 'start' });
      this.#said.textContent = TEXTS.status(answer.status);
    } catch {
      if (!sending.signal.aborted)
        frame.replaceChildren(h('p', { class: 'failure', role: 'alert' }, TEXTS.unreachable));
    } finally {
      this.#sending = undefined;
      button.textContent = TEXTS.send;
      frame.removeAttribute('aria-busy');
    }
  }
}
