import type { Answer, LegendClass } from '../answer.ts';
import { h } from '../dom.ts';
import { TEXTS } from '../texts.ts';
import { classAt } from '../views/answer.ts';
import { axisOf, barsOf, roundBreak, type Axis } from './bars.ts';

const BARS = 40;
/** Part of the axis that an arrow key moves a break by; with Shift ten times as much. */
const STEP = 0.005;
/** The API takes no more breaks. */
const MAX_BREAKS = 8;

/** How the values are spread, in the colours of their classes; the lines between classes can be moved. */
export class Histogram {
  readonly element: HTMLElement;
  readonly #plot = h('div', { class: 'histogram-plot' });
  readonly #bars = h('div', { class: 'histogram-bars', role: 'img' });
  readonly #lines = h('div', { class: 'histogram-lines' });
  readonly #ends = h('p', { class: 'histogram-ends', 'aria-hidden': 'true' });
  readonly #hint = h('p', { class: 'histogram-hint' }, TEXTS.histogramHint);
  readonly #onBreaks: (breaks: readonly number[]) => void;
  #answer: Answer | undefined;
  #axis: Axis | undefined;
  /** Upper bounds of all classes but the last. */
  #breaks: number[] = [];
  #dragged: number | undefined;

  constructor(onBreaks: (breaks: readonly number[]) => void) {
    this.#onBreaks = onBreaks;
    this.#plot.append(this.#bars, this.#lines);
    this.element = h(
      'section',
      { class: 'histogram', 'aria-label': TEXTS.histogram },
      this.#plot,
      this.#ends,
      this.#hint,
    );
    this.#lines.addEventListener('pointerdown', (event) => this.#grab(event));
    this.#lines.addEventListener('pointermove', (event) => this.#drag(event));
    this.#lines.addEventListener('pointerup', () => this.#drop());
    this.#lines.addEventListener('pointercancel', () => this.#drop());
    this.#lines.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Where classes are no intervals of one value there is nothing to move. */
  draw(answer: Answer, isMovable: boolean): void {
    this.#answer = answer;
    const values = answer.regions
      .flatMap(({ value }) => (value === null ? [] : [value]))
      .sort((a, b) => a - b);
    this.element.hidden = values.length < 2 || answer.classes.length < 2;
    if (this.element.hidden) return;
    const axis = axisOf(values);
    this.#axis = axis;
    const intervals = intervalsOf(answer);
    const breaks = isMovable ? intervals.slice(0, -1).map(({ upper }) => upper) : [];
    this.#hint.hidden = !isMovable;
    this.#breaks = breaks;
    this.#ends.replaceChildren(...[axis.min, axis.max].map((value) => h('span', {}, this.#text(value))));
    this.#drawBars(answer.classes);
    this.#drawLines();
  }

  #drawBars(classes: readonly LegendClass[]): void {
    const { regions } = this.#answer as Answer;
    const colors = new Map(classes.map(({ id, color }) => [id, color]));
    const isMoving = this.#dragged !== undefined;
    const entries = regions.flatMap((region) => {
      const { value } = region;
      if (value === null) return [];
      return [{ value, classId: isMoving ? classAt(classes, value) : region.class }];
    });
    const bars = barsOf(entries, this.#axis as Axis, BARS);
    const most = Math.max(1, ...bars.map(({ total }) => total));
    this.#bars.setAttribute('aria-label', TEXTS.histogramLabel(BARS));
    this.#bars.replaceChildren(
      ...bars.map(({ counts, total, from, to }) => {
        const parts = [...counts]
          .sort(([a], [b]) => b - a)
          .map(([id, count]) => {
            const part = h('span');
            part.style.flexGrow = String(count);
            part.style.backgroundColor = colors.get(id) ?? '';
            return part;
          });
        const range = `${this.#text(from)} – ${this.#text(to)}: ${TEXTS.regionsCount(total)}`;
        const bar = h('span', { class: 'histogram-bar', title: range }, ...parts);
        // A bar of one region among thousands must still be seen.
        bar.style.height = total === 0 ? '0' : `max(2px, ${(100 * total) / most}%)`;
        return bar;
      }),
    );
  }

  #drawLines(): void {
    const axis = this.#axis as Axis;
    const lines = [...this.#lines.children] as HTMLElement[];
    for (const line of lines.slice(this.#breaks.length)) line.remove();
    for (const [i, value] of this.#breaks.entries()) {
      // Lines are kept: one may have the focus.
      const line = lines[i] ?? h('span', { class: 'histogram-line', role: 'slider', tabindex: 0 });
      if (!lines[i]) this.#lines.append(line);
      const attributes = {
        'data-break': i,
        'aria-label': TEXTS.breakLabel(i + 1),
        'aria-valuenow': value,
        'aria-valuemin': this.#breaks[i - 1] ?? axis.min,
        'aria-valuemax': this.#breaks[i + 1] ?? axis.max,
        'aria-valuetext': this.#text(value),
      };
      for (const [name, text] of Object.entries(attributes)) line.setAttribute(name, String(text));
      line.style.left = `${100 * axis.position(value)}%`;
    }
  }

  #grab(event: PointerEvent): void {
    const line = (event.target as Element).closest<HTMLElement>('[data-break]');
    if (!line) return;
    event.preventDefault();
    line.focus();
    this.#lines.setPointerCapture(event.pointerId);
    this.#dragged = Number(line.dataset.break);
  }

  #drag({ clientX }: PointerEvent): void {
    if (this.#dragged === undefined || !this.#axis) return;
    const { left, width } = this.#lines.getBoundingClientRect();
    this.#move(this.#dragged, this.#axis.value(Math.min(1, Math.max(0, (clientX - left) / width))));
    this.#drawBars(this.#moved());
  }

  #drop(): void {
    if (this.#dragged === undefined) return;
    this.#dragged = undefined;
    this.#tell();
  }

  #key(event: KeyboardEvent): void {
    const line = (event.target as Element).closest<HTMLElement>('[data-break]');
    const axis = this.#axis;
    const direction = ['ArrowRight', 'ArrowUp'].includes(event.key)
      ? 1
      : ['ArrowLeft', 'ArrowDown'].includes(event.key)
        ? -1
        : 0;
    if (!line || !axis || direction === 0) return;
    event.preventDefault();
    const index = Number(line.dataset.break);
    const before = this.#breaks[index] ?? 0;
    const position = axis.position(before) + direction * STEP * (event.shiftKey ? 10 : 1);
    this.#move(index, axis.value(Math.min(1, Math.max(0, position))));
    if (this.#breaks[index] !== before) this.#tell();
  }

  /** Breaks stay in their order, and apart: a class without a width would be none. */
  #move(index: number, value: number): void {
    const axis = this.#axis as Axis;
    const beside = (neighbour: number | undefined, end: number, step: number): number =>
      neighbour === undefined ? end : axis.value(axis.position(neighbour) + step);
    const low = beside(this.#breaks[index - 1], axis.min, STEP);
    const high = beside(this.#breaks[index + 1], axis.max, -STEP);
    if (low > high) return;
    this.#breaks[index] = roundBreak(Math.min(high, Math.max(low, value)), axis);
    this.#drawLines();
  }

  /** The classes as they would be with the breaks where they are now. */
  #moved(): LegendClass[] {
    const { classes } = this.#answer as Answer;
    const uppers = new Map(intervalsOf(this.#answer as Answer).map(({ id }, i) => [id, this.#breaks[i]]));
    return classes.map((each) => ({ ...each, upper: uppers.get(each.id) ?? each.upper }));
  }

  #tell(): void {
    const axis = this.#axis as Axis;
    const all = [...this.#breaks, axis.max];
    this.#onBreaks(all.length > MAX_BREAKS ? this.#breaks : all);
  }

  #text(value: number): string {
    const { regions, valueText } = this.#answer as Answer;
    const [any] = regions;
    return any ? valueText({ ...any, value }) : String(value);
  }
}

/** Classes that are no single value, ascending. */
function intervalsOf({ classes }: Answer): LegendClass[] {
  return classes.filter(({ isolated }) => !isolated).sort((a, b) => a.upper - b.upper);
}
