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

const SVG = "http://www.w3.org/2000/svg";

export function shape(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/shapes.svg#${name}`);
  svg.append(use);
  return svg;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Elements whose item did not change stay the same elements: focus and selection survive.
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
  const same = wanted.length === parent.children.length && wanted.every((e, i) => e === parent.children[i]);
  if (!same) parent.replaceChildren(...wanted);
}
