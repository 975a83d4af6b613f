// The list of sessions: search, filter, live.
import { byId, h } from "../shared/dom.js";
import * as api from "./api.js";
import { ago, stateOf } from "./format.js";

const every = 2000; // Milliseconds between looks at the newest page while the list is seen.
const typing = 250; // Milliseconds of quiet after which what was typed is searched.

export class Sessions {
  #rows = new Map();
  #next = null;
  #asked = 0;
  #selected = null;

  constructor() {
    this.list = byId("session-list");
    byId("filters").addEventListener("submit", (event) => (event.preventDefault(), this.#open()));
    byId("filters").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.load(), typing);
    });
    byId("older").addEventListener("click", () => this.#older());
    setInterval(() => document.hidden || byId("sessions").hidden || !api.hasKey() || this.#refresh(), every);
  }

  select(id) {
    this.#selected = id;
    this.#paint();
  }

  async load() {
    const asked = ++this.#asked;
    const page = await api.sessions(this.#filters()).catch(() => null);
    if (asked !== this.#asked || !page) return;
    this.#rows = new Map(page.data.map((row) => [row.id, row]));
    this.#next = page.next;
    this.#paint();
  }

  async #refresh() {
    if (this.#filters().text) return; // A search reads much; it is made when somebody asks.
    const asked = this.#asked;
    const page = await api.sessions(this.#filters()).catch(() => null);
    if (asked !== this.#asked || !page) return;
    const fresh = new Set(page.data.map((row) => row.id));
    const older = [...this.#rows.values()].filter((row) => !fresh.has(row.id) && page.data.length > 0 && row.createdAt < page.data.at(-1).createdAt);
    this.#rows = new Map([...page.data, ...older].map((row) => [row.id, row]));
    this.#paint();
  }

  async #older() {
    const page = await api.sessions({ ...this.#filters(), after: this.#next });
    for (const row of page.data) this.#rows.set(row.id, row);
    this.#next = page.next;
    this.#paint();
  }

  #filters() {
    const { text, status, period } = Object.fromEntries(new FormData(byId("filters")));
    const [, name, value] = text.trim().match(/^(agent|tag):(\S+)$/) ?? [];
    return { status, period, [name ?? "text"]: value ?? text.trim() };
  }

  /** Enter goes straight to the first session found, or to the one whose id was typed. */
  async #open() {
    const text = byId("search").value.trim();
    clearTimeout(this.typing);
    await this.load();
    const [first] = this.#rows.values();
    if (text) location.hash = `#/sessions/${encodeURIComponent(first?.externalId ?? first?.id ?? text)}`;
  }

  #paint() {
    const rows = [...this.#rows.values()];
    const sign = JSON.stringify([rows.map((row) => [row.id, row.updatedAt, row.heldBy, row.hasLiveRun, ago(row.createdAt)]), this.#selected]);
    byId("older").hidden = this.#next === null;
    byId("no-sessions").hidden = rows.length > 0;
    byId("count").textContent = rows.length === 1 ? "1 session" : `${rows.length}${this.#next ? "+" : ""} sessions`;
    if (sign === this.sign) return;
    this.sign = sign;
    const focused = document.activeElement?.closest("#session-list a")?.getAttribute("href");
    this.list.replaceChildren(...rows.map((row) => this.#item(row)));
    if (focused) this.list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }

  #item(row) {
    const id = row.externalId ?? row.id;
    const [word, kind] = stateOf(row);
    const isCurrent = id === this.#selected || row.id === this.#selected;
    return h("li", {}, h("a", { href: `#/sessions/${encodeURIComponent(id)}`, class: isCurrent ? "current" : "", "aria-current": isCurrent ? "page" : null },
      h("span", { class: "id" }, id),
      h("span", { class: `chip ${kind}` }, word),
      h("span", { class: "about" }, `${row.taskIdentifier} · ${ago(row.createdAt)}${row.tags.length ? ` · ${row.tags.join(", ")}` : ""}`)));
  }
}
