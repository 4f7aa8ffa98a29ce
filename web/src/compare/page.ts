import type { Answer } from '../answer.ts';
import { fetchList, type ListedChoropleth } from '../api.ts';
import { h } from '../dom.ts';
import { Loading } from '../loading.ts';
import { BaseMap } from '../map/base.ts';
import { FarPlaces } from '../map/far-places.ts';
import type { Place } from '../map/region-map.ts';
import { News } from '../news.ts';
import { allowed } from '../rules.ts';
import { chooseChoropleth, defaultState, type Camera, type State } from '../state.ts';
import { RegionTable } from '../table/region-table.ts';
import { TEXTS } from '../texts.ts';
import { fromAddress, toAddress, type Comparison, type Shown } from './address.ts';
import { Divider } from './divider.ts';
import { compareLayout } from './layout.ts';
import { bothIn, inClassesOfLeft, isSameKind, isSamePlace, mismatches } from './pairing.ts';
import { PairCard, PairTooltip } from './pair-view.ts';
import { Side, type Where } from './side.ts';
import { COMPARE_TEXTS } from './texts.ts';
import { Tools } from './tools.ts';

const WHERE = ['left', 'right'] as const;
const OTHER = { left: 'right', right: 'left' } as const;

/** Two maps that move together, beside each other or one over the other. */
export class ComparePage {
  readonly #base = new BaseMap(() => this.#draw());
  readonly #news = new News((id) => {
    for (const where of WHERE) this.#sides[where].figures.hear(id);
  });
  readonly #sides: Readonly<Record<Where, Side>> = { left: this.#side('left'), right: this.#side('right') };
  readonly #tools = new Tools({
    onMode: (mode) => this.#set({ mode }),
    onSame: (isSame) => this.#set({ isSame }),
    onSwap: () => this.#swap(),
  });
  readonly #divider = new Divider((at) => this.#set({ at }));
  readonly #tooltip = new PairTooltip();
  readonly #card = new PairCard(() => this.#select(undefined));
  readonly #table = new RegionTable(
    {
      onSelect: (code) => {
        this.#select(code);
        this.#sides.left.map?.view.reveal(code);
      },
      onHover: (code) => this.#point(code),
      onShowAll: () => undefined,
    },
    { value: COMPARE_TEXTS.sides.left, second: COMPARE_TEXTS.sides.right },
  );
  readonly #mismatch = h('p', { class: 'compare-note', role: 'status' });
  readonly #maps = h('div', { class: 'compare-maps' });
  readonly #far = new FarPlaces(() => this.#sides.left.map, this.#maps);
  readonly #loading = new Loading(this.#sides.left.notice, {
    again: () => ({ label: TEXTS.retry, run: () => void this.start() }),
    reset: () => undefined,
  });
  #listed: readonly ListedChoropleth[] = [];
  #now: Comparison | undefined;
  #answers: Record<Where, Answer | undefined> = { left: undefined, right: undefined };
  /** Where the maps are to be once they are there; after that they stay where they are. */
  #opening: Camera | undefined;
  /** False where the maps lie in different places. */
  #isLinked = true;

  constructor(root: HTMLElement) {
    const { left, right } = this.#sides;
    this.#maps.append(
      left.frame,
      right.frame,
      this.#divider.element,
      this.#far.element,
      this.#card.element,
      this.#tooltip.element,
    );
    root.replaceChildren(
      compareLayout({
        tools: this.#tools.element,
        note: this.#mismatch,
        heads: [left.head, right.head],
        maps: this.#maps,
        legends: [left.legend.element, right.legend.element],
        regions: this.#table.element,
        live: [left.notice.live, right.notice.live],
      }),
    );
    document.title = `${COMPARE_TEXTS.title} – ${TEXTS.product}`;
    addEventListener('popstate', () => this.#followAddress());
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.#select(undefined);
    });
  }

  /** Loads the list of choropleths and shows what the address asks for. */
  async start(): Promise<void> {
    await this.#loading.attempt(async (signal) => {
      this.#listed = await fetchList(signal);
      for (const where of WHERE) this.#sides[where].fill(this.#listed);
      if (!chooseChoropleth(this.#listed, undefined))
        this.#sides.left.notice.show({ title: TEXTS.noneAvailable, detail: TEXTS.noneConfigured });
    });
    this.#followAddress();
  }

  #followAddress(): void {
    const now = fromAddress(location.hash, this.#listed);
    if (!now) return;
    this.#now = now;
    this.#opening = now.left.state.camera;
    this.#sync();
    for (const where of WHERE) {
      this.#sides[where].set(now[where]);
      void this.#sides[where].figures.load();
    }
  }

  /** The address and the controls as the comparison is. */
  #sync(): void {
    if (!this.#now) return;
    const { left, right, mode, at, isSame } = this.#now;
    history.replaceState(null, '', toAddress(this.#now));
    this.#maps.dataset.mode = mode;
    this.#divider.element.hidden = mode !== 'swipe';
    this.#divider.sync(at);
    this.#tools.sync(mode, isSame, isSameKind(left, right));
  }

  #set(change: Partial<Pick<Comparison, 'mode' | 'at' | 'isSame'>>): void {
    if (!this.#now) return;
    this.#now = { ...this.#now, ...change };
    this.#sync();
    if (change.isSame !== undefined) this.#draw();
  }

  #show(where: Where, shown: Shown): void {
    if (!this.#now) return;
    this.#now = { ...this.#now, [where]: shown };
    this.#sync();
    this.#sides[where].set(shown);
    void this.#sides[where].figures.load();
  }

  #swap(): void {
    if (!this.#now) return;
    const { left, right } = this.#now;
    const { region, camera } = left.state;
    this.#now = {
      ...this.#now,
      left: { ...right, state: { ...right.state, region, camera } },
      right: { ...left, state: { ...left.state, region: undefined, camera: undefined } },
    };
    this.#sync();
    for (const where of WHERE) {
      this.#sides[where].set(this.#now[where]);
      void this.#sides[where].figures.load();
    }
  }

  #side(where: Where): Side {
    return new Side(
      where,
      { base: this.#base, news: this.#news },
      {
        onChoose: (id) => {
          const choropleth = chooseChoropleth(this.#listed, id);
          if (!choropleth || !this.#now) return;
          const { region, camera } = this.#now[where].state;
          this.#show(where, { choropleth, state: { ...defaultState(choropleth), region, camera } });
        },
        onChange: (change) => {
          if (!this.#now) return;
          const { choropleth, state } = this.#now[where];
          // Who chooses classes for the right map wants to see them.
          if (where === 'right' && isOfClasses(change, state)) this.#set({ isSame: false });
          this.#show(where, { choropleth, state: allowed({ ...state, ...change }, choropleth) });
        },
        onLoaded: () => this.#draw(where),
        onHover: (code, place) => this.#hover(where, code, place),
        onHighlight: (codes) => WHERE.forEach((each) => this.#sides[each].map?.highlight(codes)),
        onSelect: (code) => this.#select(code),
        onCamera: (camera) => {
          if (this.#isLinked) this.#sides[OTHER[where]].map?.view.follow(camera);
        },
        onMove: (camera) => this.#remember(where, camera),
      },
    );
  }

  /** Draws what has been loaded of both; what is as it was is not drawn again. */
  #draw(loaded?: Where): void {
    if (!this.#now) return;
    const { left: shown, right: other, isSame } = this.#now;
    const own = {
      left: this.#sides.left.answer(this.#base.theme),
      right: this.#sides.right.answer(this.#base.theme),
    };
    const isShared = isSame && isSameKind(shown, other);
    const { left, right } = isShared && own.left && own.right ? inClassesOfLeft(own.left, own.right) : own;
    const { region } = shown.state;
    const place = this.#opening;
    if (loaded === 'left') this.#opening = undefined;
    const wasLinked = this.#isLinked;
    this.#answers = { left, right };
    this.#isLinked = !left || !right || isSamePlace(left, right);
    if (left) this.#sides.left.draw(left, region, loaded === 'left' ? place : undefined);
    const { map } = this.#sides.left;
    const follows = left && this.#isLinked ? map?.view.camera : undefined;
    if (right) this.#sides.right.draw(right, region, follows ?? place);
    if (loaded === 'left' && place && follows) this.#sides.right.map?.view.follow(follows);
    if (wasLinked && !this.#isLinked) this.#sides.right.map?.view.home(false);
    if (left) void this.#far.update(shown.choropleth, shown.state);
    this.#mismatch.textContent = left && right ? mismatches(left, right) : '';
    if (left && right) this.#table.draw(bothIn(left, right));
    this.#select(region);
  }

  #hover(where: Where, code: string | undefined, place: Place): void {
    const { frame } = this.#sides[where];
    const { offsetLeft: x, offsetTop: y } = frame;
    this.#tooltip.drawPair(this.#answers, code, { x: place.x + x, y: place.y + y });
    this.#sides[OTHER[where]].map?.point(code);
    this.#table.hover(code);
  }

  /** A region that is pointed at in the list. */
  #point(code: string | undefined): void {
    for (const where of WHERE) this.#sides[where].map?.point(code);
  }

  #select(code: string | undefined): void {
    if (!this.#now) return;
    const { left } = this.#now;
    this.#now = { ...this.#now, left: { ...left, state: { ...left.state, region: code } } };
    history.replaceState(null, '', toAddress(this.#now));
    for (const where of WHERE) this.#sides[where].map?.select(code);
    this.#table.select(code);
    this.#card.draw(this.#answers, code);
  }

  #remember(where: Where, camera: Camera | undefined): void {
    if (!this.#now || (where === 'right' && !this.#isLinked)) return;
    const { left } = this.#now;
    this.#far.moved(camera);
    this.#now = { ...this.#now, left: { ...left, state: { ...left.state, camera } } };
    history.replaceState(null, '', toAddress(this.#now));
  }
}

/** Whether a change is one of how figures are classed and coloured. */
function isOfClasses(change: Partial<State>, { options }: State): boolean {
  const isOption = (name: string): boolean =>
    change.options !== undefined && change.options[name] !== options[name];
  return (
    ['method', 'classes', 'scheme', 'reverse'].some((name) => name in change) ||
    ['breaks', 'isolate'].some(isOption)
  );
}
