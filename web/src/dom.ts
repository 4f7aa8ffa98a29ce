type Attribute = string | number | boolean | undefined | ((event: Event) => void);
type Child = Node | string | undefined | false;

/**
 * An element with attributes and children. A function is a listener of the event that its name says
 * (`onclick`); `true` is an attribute without a value; `false` and `undefined` are left out.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/**
 * A small square of colour; colours are data, so they are set on the element and not in a stylesheet.
 *
 * @param status of the region, where its colour stands for none of the classes: the square is hatched as the map is
 */
export function swatch(color: string, status?: string): HTMLElement {
  const element = h('span', { class: 'swatch', 'data-hatch': status, 'aria-hidden': 'true' });
  element.style.backgroundColor = color;
  return element;
}

/** A labelled control, the label above it. */
export function field(label: string, control: HTMLElement): HTMLElement {
  return h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), control);
}
