// The conversation: one list item a message, kept while it grows.
import { h, icon, iconButton } from "../shared/dom.js";
import { arrange, setText, showList } from "../shared/lists.js";
import { showParts } from "../shared/parts.js";
import { textOf } from "../shared/reducer.js";

export class Messages {
  #items = new Map();

  /** @param {HTMLElement} list @param {object} actions `regenerate()`, `edit(message, position, text)`, `go(chatId)`, `answer(message, parts)`, `versions(position)` */
  constructor(list, actions) {
    this.list = list;
    this.actions = actions;
  }

  show(chat) {
    const wanted = [
      ...chat.messages.map((message, position) => ({ message, position, state: message === chat.live ? "live" : "" })),
      ...chat.queue.filter((entry) => entry.message).map((entry) => ({ message: entry.message, position: -1, state: entry.seq === Infinity ? "sending" : chat.live ? "queued" : "" })),
    ];
    const last = wanted.findLast(({ position }) => position >= 0)?.message;
    const items = wanted.map(({ message, position, state }) => {
      const item = this.#items.get(message.id) ?? this.#make(message);
      this.#fill(item, message, { position, state, chat, isLast: message === last });
      return item.element;
    });
    if (chat.status === "submitted" && !chat.closed) items.push(this.waiting ??= h("li", { class: "message assistant waiting" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"))));
    arrange(this.list, items);
  }

  clear() {
    this.#items.clear();
    this.list.replaceChildren();
  }

  #make(message) {
    const isUser = message.role === "user";
    const item = {
      parts: h("div", { class: "parts" }),
      note: h("p", { class: "note" }),
      bar: h("div", { class: "bar" }),
      message,
    };
    item.element = h("li", { class: `message ${message.role}` }, h("h2", { class: "hidden" }, isUser ? "You" : "Agent"), item.parts, item.note, item.bar);
    this.#items.set(message.id, item);
    return item;
  }

  #fill(item, message, { position, state, chat, isLast }) {
    if (item.isEditing) return;
    const isLive = state === "live";
    const canAct = isLast && chat.status === "ready" && chat.closed === null;
    showParts(item.parts, message, isLive, canAct && message.role === "assistant" ? this.#answers(message) : undefined);
    item.element.classList.toggle("live", isLive);
    item.element.setAttribute("aria-busy", String(isLive));
    const note = noteOf(message, state);
    setText(item.note, note.text);
    item.note.className = `note ${note.kind}`;
    item.message = message;
    item.position = position;
    const versions = message.role === "user" && position >= 0 ? this.actions.versions(position) : null;
    const sign = [isLive, canAct, position, chat.status, versions?.ids.join(), versions?.index].join();
    if (item.sign === sign) return;
    item.sign = sign;
    showList(item.bar, isLive ? [] : this.#buttons(item, { canAct, chat, versions }), { key: ({ name }) => name, sign: ({ name }) => name, make: ({ make }) => make() });
  }

  /** What can be done to a message. A button keeps its place in the page while others come and go. */
  #buttons(item, { canAct, chat, versions }) {
    const { message, position } = item;
    const isUser = message.role === "user";
    return [
      ...(versions ? this.#versions(versions) : []),
      navigator.clipboard && textOf(message) && { name: "copy", make: () => copyButton(() => textOf(item.message)) },
      !isUser && canAct && { name: "again", make: () => iconButton("again", "Answer again", () => this.actions.regenerate()) },
      isUser && position >= 0 && chat.status === "ready" && { name: "edit", make: () => iconButton("edit", "Edit and branch", () => this.#edit(item)) },
    ].filter(Boolean);
  }

  #versions({ ids, index }) {
    const go = (icon, label, to) => ({ name: `${icon} ${ids[to]}`, make: () => iconButton(icon, label, () => this.actions.go(ids[to]), { disabled: to < 0 || to === ids.length }) });
    return [
      go("left", "Version before", index - 1),
      { name: `${index + 1}/${ids.length}`, make: () => h("span", { class: "versions", "aria-label": `Version ${index + 1} of ${ids.length}` }, `${index + 1}/${ids.length}`) },
      go("right", "Next version", index + 1),
    ];
  }

  #edit(item) {
    const { message, position } = item;
    item.isEditing = true;
    const box = h("textarea", { "aria-label": "Edit your message", rows: "3", value: textOf(message) });
    const end = () => {
      item.isEditing = false;
      item.sign = null;
      form.replaceWith(item.parts);
      item.bar.hidden = false;
      item.element.querySelector("[aria-label^='Edit']")?.focus();
    };
    const form = h("form", { class: "edit", onsubmit: (event) => {
      event.preventDefault();
      const text = box.value.trim();
      end();
      if (text) this.actions.edit(message, position, text);
    } }, box, h("p", { class: "hint" }, "Your chat so far stays as it is; this goes on in a branch of it."),
      h("div", { class: "choices" }, h("button", { class: "primary" }, "Send"), h("button", { type: "button", onclick: end }, "Cancel")));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") end();
      if (event.key === "Enter" && !event.shiftKey) (event.preventDefault(), form.requestSubmit());
    });
    item.parts.replaceWith(form);
    item.bar.hidden = true;
    box.focus();
  }

  #answers(message) {
    const slim = ({ type, toolCallId, toolName }) => ({ type, toolCallId, ...(toolName ? { toolName } : {}) });
    return {
      approve: (part, approved) => this.actions.answer(message, part, { ...slim(part), state: "approval-responded", approval: { id: part.approval.id, approved } }),
      answer: (part, output) => this.actions.answer(message, part, { ...slim(part), state: "output-available", output }),
    };
  }
}

function noteOf(message, state) {
  if (state === "sending") return { kind: "", text: "Sending…" };
  if (state === "queued") return { kind: "", text: "Waiting for its turn" };
  if (message.error) return { kind: "wrong", text: message.error };
  if (message.passing && state === "live") return { kind: "busy", text: message.passing.data?.text ?? message.passing.type.replace(/^data-/, "") };
  if (message.stopped) return { kind: "", text: "Stopped" };
  return { kind: "", text: "" };
}

function copyButton(text) {
  const button = iconButton("copy", "Copy", async () => {
    await navigator.clipboard.writeText(text());
    button.replaceChildren(icon("check"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  });
  return button;
}
