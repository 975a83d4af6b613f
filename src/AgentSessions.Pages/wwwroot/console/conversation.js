// The conversation as its user sees it, live; and the words of an operator who holds it.
import { h } from "../shared/dom.js";
import { newUuid } from "../shared/ids.js";
import { arrange, setText } from "../shared/lists.js";
import { showParts } from "../shared/parts.js";
import { Chat } from "../chat/chat.js";
import * as api from "./api.js";
import { doing } from "./dialog.js";

export class Conversation {
  /** @param {HTMLElement} box @param {string} session */
  constructor(box, session) {
    this.session = session;
    this.items = new Map();
    /** What users were told instead of an answer, by the id of their message; the history of messages does not keep it. */
    this.failures = new Map();
    this.list = h("ol", { class: "talk", "aria-label": "Conversation" });
    this.empty = h("p", { class: "faint" }, "Nothing has been said yet.");
    this.text = h("textarea", { rows: "2", "aria-label": "Answer in the agent's place", placeholder: "Answer in the agent's place…" });
    this.form = h("form", { class: "speak", hidden: true }, this.text, h("button", { class: "primary" }, "Say it"));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say(event.submitter);
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), this.form.requestSubmit());
    });
    box.replaceChildren(this.empty, this.list, this.form);
    this.chat = new Chat(session, "", api.watching);
    this.chat.addEventListener("change", () => this.#soon());
    this.chat.open().catch((error) => (this.empty.textContent = error.message));
  }

  close() {
    this.chat.close();
  }

  hold(isHeld) {
    const begins = isHeld && this.form.hidden;
    this.form.hidden = !isHeld;
    if (begins && this.form.offsetParent) this.text.focus();
  }

  /** Takes what is known of turns that are over, in their order. */
  account(turns) {
    this.failures.clear();
    for (const { messageId, error } of turns) error ? this.failures.set(messageId, error) : this.failures.delete(messageId);
    this.#soon();
  }

  async #say(button) {
    const text = this.text.value.trim();
    if (!text) return;
    // The id stays the same while the words do, so that a repeat after a failure says it once.
    if (this.words !== text) (this.words = text), (this.messageId = `msg_${newUuid().replaceAll("-", "")}`);
    await doing(async () => {
      await api.say(this.session, this.messageId, text);
      this.text.value = "";
      this.words = null;
    })({ currentTarget: button ?? this.form.querySelector("button") });
    this.text.focus();
  }

  #soon() {
    if (this.isPainting) return;
    this.isPainting = true;
    requestAnimationFrame(() => {
      this.isPainting = false;
      this.#paint();
    });
  }

  #paint() {
    const { messages, queue, live } = this.chat;
    const waiting = queue.filter((entry) => entry.message).map((entry) => entry.message);
    const all = [...messages, ...waiting];
    this.empty.hidden = all.length > 0;
    const errors = this.#errors(all);
    arrange(this.list, all.map((message) => {
      const item = this.items.get(message.id) ?? this.#make(message);
      showParts(item.querySelector(".parts"), message, message === live);
      setText(item.querySelector(".note"), waiting.includes(message) ? "Waiting for an answer" : errors.get(message) ?? (message.stopped ? "Stopped" : ""));
      item.querySelector(".note").classList.toggle("bad", errors.has(message));
      return item;
    }));
    if (!this.form.hidden && all.length !== this.shown) this.form.scrollIntoView({ block: "end" });
    this.shown = all.length;
  }

  /** The error of each turn, by its last message: the partial answer, or the question if there is none. */
  #errors(all) {
    const errors = new Map();
    let asked = null;
    all.forEach((message, index) => {
      if (message.role === "user") asked = message.id;
      const isLast = all[index + 1]?.role !== "assistant";
      const error = message.error ?? (isLast && message !== this.chat.live ? this.failures.get(asked) : undefined);
      if (error) errors.set(message, error);
    });
    return errors;
  }

  #make({ id, role }) {
    const item = h("li", { class: `said ${role}` }, h("h3", {}, role === "user" ? "User" : "Agent"), h("div", { class: "parts" }), h("p", { class: "note" }));
    this.items.set(id, item);
    return item;
  }
}
