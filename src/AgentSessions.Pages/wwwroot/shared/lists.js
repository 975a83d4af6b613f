// Lists that are shown again and again. A node that shows the same stays the same node: a click, the focus and selected text outlive a refresh.

const shown = new WeakMap();

/**
 * Shows items as the children of a container.
 * @param {HTMLElement} container its children belong to this list alone
 * @param {object[]} items
 * @param {{key: (item: object) => string, make: (item: object) => HTMLElement, fill?: (element: HTMLElement, item: object) => void, sign?: (item: object) => string}} how
 *   `make` makes an element once for each key; `fill` puts into it what can change, as soon as its `sign` does. Without `fill` it is made anew then.
 */
export function showList(container, items, { key, make, fill, sign = JSON.stringify }) {
  const before = shown.get(container) ?? new Map();
  const now = new Map();
  for (const item of items) {
    const id = key(item);
    const wanted = sign(item);
    let entry = before.get(id);
    if (!entry || (entry.sign !== wanted && !fill)) entry = { element: make(item) };
    if (entry.sign !== wanted) fill?.(entry.element, item);
    entry.sign = wanted;
    now.set(id, entry);
  }
  shown.set(container, now);
  arrange(container, [...now.values()].map(({ element }) => element));
}

/**
 * Makes the wanted elements the children of a container. Moves as little as it can, since a moved element loses the focus; where the focus was on
 * one that goes, it passes to its neighbour.
 */
export function arrange(container, elements) {
  const wanted = new Set(elements);
  const focused = [...container.children].findIndex((child) => child.contains(document.activeElement));
  for (const child of [...container.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, index) => {
    if (container.children[index] !== element) container.insertBefore(element, container.children[index] ?? null);
  });
  if (focused >= 0 && !container.contains(document.activeElement)) focusIn(container.children[Math.min(focused, elements.length - 1)]);
}

function focusIn(element) {
  const place = element?.matches("a, button") ? element : element?.querySelector("a, button");
  place?.focus({ preventScroll: true });
}

/** Sets a text if it is another one. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Does something again and again while it is wanted, each time so long after the last one ended: a slow server is not asked twice at once. */
export function regularly(milliseconds, isWanted, work) {
  const tick = async () => {
    if (!document.hidden && isWanted()) await Promise.resolve(work()).catch(() => {});
    setTimeout(tick, milliseconds);
  };
  setTimeout(tick, milliseconds);
}
