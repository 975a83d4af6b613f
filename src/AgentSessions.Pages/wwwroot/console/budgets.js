// Who has which budget, and what is gone of it.
import { byId, h } from "../shared/dom.js";
import { regularly, setText, showList } from "../shared/lists.js";
import * as api from "./api.js";
import { say } from "./dialog.js";
import { duration } from "./format.js";

const every = 4000; // Milliseconds between looks at the first page while the list is seen.
const typing = 250; // Milliseconds of quiet after which what was typed is looked for.

const scopes = { environment: "Environment", user: "User", runs: "User, Puffle runs", session: "Session", turn: "Turn" };
const units = { tokens: "tokens", money: "of money", "wall-time": "of time", "tool-calls": "tool calls", runs: "runs" };

export class Budgets {
  #rows = new Map();
  #next = null;
  #asked = 0;
  #hasMore = false;

  constructor() {
    byId("budget-filters").addEventListener("submit", (event) => (event.preventDefault(), this.load()));
    byId("budget-filters").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.load(), typing);
    });
    byId("more-budgets").addEventListener("click", () => this.#more().catch((error) => say(error.message)));
    regularly(every, () => !byId("budgets").hidden && api.hasKey(), () => this.#refresh());
  }

  async load() {
    this.#hasMore = false;
    this.#rows = new Map();
    await this.#refresh();
  }

  async #refresh() {
    const asked = ++this.#asked;
    const page = await api.budgets(this.#filters()).catch(() => null);
    if (asked !== this.#asked || !page) return;
    if (!this.#hasMore) [this.#rows, this.#next] = [new Map(), page.next];
    this.#take(page);
  }

  async #more() {
    const asked = this.#asked;
    const page = await api.budgets({ ...this.#filters(), after: this.#next });
    if (asked !== this.#asked) return;
    this.#hasMore = true;
    this.#next = page.next;
    this.#take(page);
  }

  #take(page) {
    for (const row of page.data) this.#rows.set(keyOf(row), row);
    const rows = [...this.#rows.values()];
    showList(byId("budget-rows"), rows, { key: keyOf, make, fill });
    byId("budget-table").hidden = rows.length === 0;
    byId("no-budgets").hidden = rows.length > 0;
    byId("more-budgets").hidden = this.#next === null;
    const gone = rows.filter(({ isExhausted }) => isExhausted).length;
    setText(byId("budget-count"), rows.length === 0 ? "" : `${rows.length}${this.#next ? "+" : ""} ${rows.length === 1 ? "budget" : "budgets"}, ${gone} exhausted`);
  }

  #filters() {
    const { of, scope } = Object.fromEntries(new FormData(byId("budget-filters")));
    return { of: of.trim(), scope };
  }
}

const keyOf = ({ scope, of, period }) => `${scope} ${period ?? ""} ${of ?? ""}`;

function make({ scope, of, period, windowSeconds }) {
  const isSession = scope === "session" || scope === "turn";
  return h("tr", {},
    h("td", { "data-label": "Whose" }, scopes[scope]),
    h("th", { scope: "row" }, isSession ? h("a", { href: `#/sessions/${encodeURIComponent(of)}` }, of) : of ?? "all of it"),
    h("td", { "data-label": "For" }, windowSeconds ? `any ${duration(windowSeconds * 1000)}` : period ?? "for good"),
    h("td", {}, h("ul", { class: "amounts" })),
    h("td", { "data-label": "State" }, h("span", { class: "chip" })));
}

function fill(row, { amounts, isExhausted }) {
  showList(row.querySelector(".amounts"), amounts, { key: ({ kind }) => kind, make: makeAmount, fill: fillAmount });
  const chip = row.querySelector(".chip");
  chip.className = `chip ${isExhausted ? "bad" : "good"}`;
  setText(chip, isExhausted ? "exhausted" : "open");
}

// The words say it all, so the bar is for eyes alone.
const makeAmount = () => h("li", {}, h("progress", { max: "1", "aria-hidden": "true" }), h("span", {}));

function fillAmount(item, { kind, limit, used, reserved, remaining }) {
  const [bar, words] = item.children;
  const text = `${show(kind, used)} of ${show(kind, limit)} ${units[kind]}${reserved ? `, ${show(kind, reserved)} reserved` : ""}; ${show(kind, remaining)} left`;
  bar.value = limit > 0 ? Math.min(1, (used + reserved) / limit) : 1;
  bar.className = remaining <= 0 ? "gone" : remaining < limit / 5 ? "low" : "";
  setText(words, text);
}

const show = (kind, value) =>
  kind === "wall-time" ? duration(value)
  : kind === "money" ? value.toLocaleString(undefined, value < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 })
  : value.toLocaleString();
