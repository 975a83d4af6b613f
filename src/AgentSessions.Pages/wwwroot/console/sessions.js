// The list of sessions: search, filter, live.
import { byId, h } from "../shared/dom.js";
import { regularly, setText, showList } from "../shared/lists.js";
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
    regularly(every, () => !byId("sessions").hidden && api.hasKey(), () => this.#refresh());
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
    byId("older").hidden = this.#next === null;
    byId("no-sessions").hidden = rows.length > 0;
    setText(byId("no-sessions"), Object.values(this.#filters()).some(Boolean) ? "No session fits." : "There is no session yet. One shows up here as soon as somebody talks to an agent.");
    setText(byId("count"), rows.length === 1 ? "1 session" : `${rows.length}${this.#next ? "+" : ""} sessions`);
    showList(this.list, rows.map((row) => this.#shown(row)), { key: (item) => item.rowId, make, fill });
  }

  /** What the list shows of a session, and nothing else. */
  #shown(row) {
    const id = row.externalId ?? row.id;
    return {
      rowId: row.id, id, state: stateOf(row), isCurrent: id === this.#selected || row.id === this.#selected,
      about: `${row.taskIdentifier} · ${ago(row.createdAt)}${row.tags.length ? ` · ${row.tags.join(", ")}` : ""}`,
    };
  }
}

const make = ({ id }) =>
  h("li", {}, h("a", { href: `#/sessions/${encodeURIComponent(id)}` }, h("span", { class: "id" }, id), h("span", {}), h("span", { class: "about" })));

function fill(item, { state: [word, kind], isCurrent, about }) {
  const link = item.firstChild;
  link.className = isCurrent ? "current" : "";
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  const [, chip, facts] = link.children;
  chip.className = `chip ${kind}`;
  setText(chip, word);
  setText(facts, about);
}
