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

/** What is going on: a line for screen readers, a bar while something loads, a card when it cannot. */
export class Notice {
  readonly bar = h('div', { class: 'loading-bar', hidden: true });
  readonly card = h('div', { class: 'notice', hidden: true });
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
