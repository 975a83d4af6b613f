// The list of chats this browser knows.
import { byId, h, iconButton } from "../shared/dom.js";
import { setText, showList } from "../shared/lists.js";
import * as store from "./store.js";

/** @param {{open: (id: string) => void, forget: (id: string) => void}} actions the same ones each time */
export function showChats(currentId, actions) {
  const chats = store.chats().map(({ id, title, agent, from }) => ({ id, title: title || "New chat", by: `${agent}${from ? " · branch" : ""}`, isCurrent: id === currentId }));
  byId("no-chats").hidden = chats.length > 0;
  showList(byId("chats"), chats, { key: ({ id }) => id, make: (chat) => make(chat, actions), fill });
}

const make = ({ id }, { open, forget }) =>
  h("li", {},
    h("a", { href: `#${id}`, onclick: () => open(id) }, h("span", { class: "title" }), h("span", { class: "by" })),
    iconButton("close", "", () => forget(id), { class: "forget" }));

function fill(item, { title, by, isCurrent }) {
  const [link, button] = item.children;
  item.className = isCurrent ? "current" : "";
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  setText(link.children[0], title);
  setText(link.children[1], by);
  button.title = `Forget ${title}`;
  button.setAttribute("aria-label", button.title);
}

/** The sidebar as a drawer on small screens. */
export function wireDrawer() {
  const body = document.body;
  const button = byId("menu");
  const set = (isOpen) => {
    body.classList.toggle("drawer", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) byId("new").focus();
  };
  button.addEventListener("click", () => set(!body.classList.contains("drawer")));
  byId("shade").addEventListener("click", () => set(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && body.classList.contains("drawer")) (set(false), button.focus());
  });
  return () => set(false);
}
