// Keeps the newest words in view for whoever is at the end, and leaves alone whoever has scrolled up to read.
import { byId } from "../shared/dom.js";

const near = 80; // Pixels from the end that still count as being there.

export function wireScroll() {
  const pane = byId("pane");
  const button = byId("to-end");
  let isAtEnd = true;
  const check = () => {
    isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < near;
    button.hidden = isAtEnd;
  };
  // The first screen has no newest words: it is read from its top.
  const toEnd = () => byId("welcome").hidden && pane.scrollTo({ top: pane.scrollHeight });
  pane.addEventListener("scroll", check, { passive: true });
  button.addEventListener("click", () => pane.scrollTo({ top: pane.scrollHeight, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }));
  return {
    /** Call after the content changed. */
    keep: () => (isAtEnd ? toEnd() : check()),
    toEnd: () => {
      isAtEnd = true;
      toEnd();
    },
  };
}
