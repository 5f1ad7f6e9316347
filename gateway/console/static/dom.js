// Building and updating elements without markup in strings: nothing from outside is ever parsed.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function fromTemplate(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

const SVG = "http://www.w3.org/2000/svg";

export function shape(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "use"));
  setShape(svg, name);
  return svg;
}

export function setShape(svg, name) {
  const use = svg.querySelector("use");
  const href = `#shape-${name}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Sets a text whose `commands and settings` are to be typed as they stand there.
export function setWords(element, text) {
  if (element.words === text) return;
  element.words = text;
  element.replaceChildren(...text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part)));
}

// Elements that stay are not moved, where that can be: focus and what was begun in them survive.
export function arrange(parent, wanted) {
  const stay = new Set(wanted);
  for (const child of [...parent.children]) if (!stay.has(child)) child.remove();
  wanted.forEach((element, place) => {
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place] ?? null);
  });
}

// Elements whose item did not change stay the same elements.
export function keyed(parent, items, keyOf, render) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const content = JSON.stringify(item);
    const old = known.get(key);
    if (old?.content === content) return old;
    const element = render(item);
    element.dataset.key = key;
    element.content = content;
    return element;
  });
  arrange(parent, wanted);
}
