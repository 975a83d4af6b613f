// The list of chats this browser knows.
import { byId, h, iconButton } from "../shared/dom.js";
import * as store from "./store.js";

export function showChats(currentId, { open, forget }) {
  const list = byId("chats");
  const chats = store.chats();
  byId("no-chats").hidden = chats.length > 0;
  list.replaceChildren(...chats.map((chat) =>
    h("li", { class: chat.id === currentId ? "current" : "" },
      h("a", { href: `#${chat.id}`, "aria-current": chat.id === currentId ? "page" : null, onclick: () => open(chat.id) },
        h("span", { class: "title" }, chat.title || "New chat"),
        h("span", { class: "by" }, `${chat.agent}${chat.from ? " · branch" : ""}`)),
      iconButton("close", `Forget ${chat.title || "this chat"}`, () => forget(chat.id), { class: "forget" }))));
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
