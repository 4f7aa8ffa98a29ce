import { h } from './dom.ts';
import { TEXTS } from './texts.ts';

export interface NoticeAction {
  label: string;
  run(): void;
}

export interface NoticeContent {
  title: string;
  detail?: string | undefined;
  /** Something goes on by itself; without it the notice tells of a failure. */
  busy?: boolean;
  actions?: readonly NoticeAction[];
}

/** So long something is told that needs nothing done, in ms. */
const TOLD_MS = 6_000;

/** What is going on: a line for screen readers, a bar while something loads, a card when it cannot. */
export class Notice {
  readonly bar = h('div', { class: 'loading-bar', hidden: true });
  readonly card = h('div', { class: 'notice', hidden: true });
  /** Over a corner of the map, for what is good to know; who listens is told by the line. */
  readonly quiet = h('p', { class: 'quiet', hidden: true, 'aria-hidden': 'true' });
  #untilTold: ReturnType<typeof setTimeout> | undefined;
  readonly live = h('p', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });

  loading(): void {
    this.bar.hidden = false;
    this.live.textContent = TEXTS.loading;
  }

  /** Everything is there. */
  done(text: string): void {
    this.bar.hidden = true;
    this.card.hidden = true;
    this.live.textContent = text;
  }

  /** Says something without asking for anything: for a while, or until it is taken back. */
  tell(text: string, { stays = false }: { stays?: boolean } = {}): void {
    clearTimeout(this.#untilTold);
    this.quiet.textContent = text;
    this.quiet.hidden = false;
    this.live.textContent = text;
    if (!stays) this.#untilTold = setTimeout(() => (this.quiet.hidden = true), TOLD_MS);
  }

  /** Tiles of the map did not come. */
  tilesFailed(reload: () => void): void {
    const run = (): void => {
      this.card.hidden = true;
      reload();
    };
    this.show({ title: TEXTS.tilesFailed, actions: [{ label: TEXTS.retry, run }] });
  }

  show({ title, detail, busy = false, actions = [] }: NoticeContent): void {
    this.bar.hidden = true;
    this.card.hidden = false;
    this.card.setAttribute('role', busy ? 'status' : 'alert');
    this.card.dataset.state = busy ? 'busy' : 'failed';
    const buttons = actions.map(({ label, run }) =>
      h('button', { type: 'button', class: 'button', onclick: run }, label),
    );
    this.card.replaceChildren(
      h(
        'p',
        { class: 'notice-title' },
        busy && h('span', { class: 'spinner', 'aria-hidden': 'true' }),
        title,
      ),
      h('p', { class: 'notice-detail', hidden: !detail }, detail ?? ''),
      h('p', { class: 'notice-actions', hidden: buttons.length === 0 }, ...buttons),
    );
  }
}
