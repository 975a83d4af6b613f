// One session: what it is, what can be done to it, its logs, its conversation, its runs.
import { byId, h, icon } from "../shared/dom.js";
import { regularly, setText, showList } from "../shared/lists.js";
import * as api from "./api.js";
import { Conversation } from "./conversation.js";
import { ask, doing, say } from "./dialog.js";
import { ago, duration, money, stateOf, tokens } from "./format.js";
import { showRuns } from "./runs.js";
import { Timeline } from "./timeline.js";

const records = (count) => `${count} ${count === 1 ? "record" : "records"}`;
const every = 2000;
const tabs = ["timeline", "conversation", "runs", "row"];

export class Session {
  #ending = null;
  #turns = [];

  constructor(actions) {
    this.actions = actions;
    this.box = byId("session");
    for (const tab of tabs) byId(`tab-${tab}`).addEventListener("click", () => this.#show(tab));
    byId("tabs").addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) this.#show(tabs[(tabs.indexOf(this.tab) + step + tabs.length) % tabs.length], true);
    });
    regularly(every, () => this.id && api.hasKey(), () => (this.isMissed ? this.open(this.id) : this.#refresh()));
  }

  async open(id) {
    this.close();
    this.id = id;
    this.#turns = [];
    this.answered = null;
    this.accounts = [];
    this.#ending = new AbortController();
    this.box.hidden = false;
    byId("session-id").textContent = id;
    byId("facts").replaceChildren();
    byId("actions").replaceChildren();
    byId("panel-runs").replaceChildren();
    this.isMissed = false;
    if (!(await this.#refresh())) return;
    this.timeline = new Timeline(byId("panel-timeline"), id, this.#ending.signal, this.row, { fork: (direction, sequence) => this.#fork(direction, sequence), onTurn: (turn) => (this.#turns.push(turn), this.#soon()), onAnswered: (cursor) => ((this.answered = cursor), this.#soon()), onAccounts: (turns) => ((this.accounts = turns), this.conversation?.account(turns), this.#soon()) });
    this.conversation = new Conversation(byId("panel-conversation"), id);
    this.conversation.hold(this.row.heldBy !== null);
    this.#show(this.tab ?? "timeline");
  }

  close() {
    this.#ending?.abort();
    this.conversation?.close();
    this.conversation = this.id = this.sign = null;
    this.box.hidden = true;
  }

  async #refresh() {
    const id = this.id;
    try {
      const row = await api.facts(id);
      if (id !== this.id) return false;
      if (this.row?.id === row.id && JSON.stringify(this.row.run) !== JSON.stringify(row.run)) this.timeline?.look();
      this.row = row;
    } catch (error) {
      if (id === this.id && error.isUnreachable && this.sign) return false; // What is shown stays; the page says that nothing answers.
      if (id === this.id) {
        this.isMissed = Boolean(error.isUnreachable);
        byId("facts").replaceChildren(h("p", { class: "faint" }, error.status === 404 ? "There is no such session." : error.message));
        byId("actions").replaceChildren();
        this.sign = null;
      }
      return false;
    }
    this.#paint();
    if (this.tab === "runs") await this.#showRuns().catch(() => {});
    return true;
  }

  /** What the logs tell comes in crowds; it is shown once for all. */
  #soon() {
    const { id } = this;
    this.soon ??= setTimeout(() => {
      this.soon = null;
      if (this.id === id && this.row) this.#paint();
    }, 150);
  }

  #paint() {
    const { row } = this;
    const sign = JSON.stringify([row, this.#turns.length, this.answered, this.accounts.length, ago(row.createdAt)]);
    if (sign === this.sign) return;
    this.sign = sign;
    const [word, kind] = stateOf({ ...row, hasLiveRun: Boolean(row.run && !row.run.isFinal) });
    const facts = [
      ["State", row.heldBy ? `held by ${row.heldBy}` : row.closedReason ? `${word}: ${row.closedReason}` : word, `chip ${kind}`],
      ["Agent", row.taskIdentifier],
      ["Run", row.run ? row.run.status.toLowerCase() : "none"],
      ["in", records(row.in.tail)],
      ["out", `${records(row.out.tail)}, kept from ${row.out.oldest}`],
      ["Answered through", row.in.tail === 0 ? "–" : this.answered === null ? "nothing yet" : `in ${this.answered}`],
      ["Median turn", this.#turns.length ? duration(median(this.#turns.map((turn) => turn.whole))) : "–"],
      ...this.#spending(),
      ["Made", ago(row.createdAt)],
    ];
    showList(byId("facts"), facts, { key: ([name]) => name, make: makeFact, fill: fillFact });
    showList(byId("actions"), this.#actions(row), { key: ({ label }) => label, sign: ({ label }) => label, make: makeAction });
    this.#showRow();
    this.conversation?.hold(row.heldBy !== null);
  }

  #showRow() {
    const panel = byId("panel-row");
    if (!panel.firstChild) panel.append(h("pre", { tabindex: "0" }, h("code", {})));
    setText(panel.querySelector("code"), JSON.stringify(this.row, null, 2));
  }

  /** What its turns took together; empty where no model told. */
  #spending() {
    const total = { inputTokens: 0, outputTokens: 0, costNano: {} };
    for (const { inputTokens, outputTokens, costNano } of this.accounts) {
      total.inputTokens += inputTokens;
      total.outputTokens += outputTokens;
      for (const [currency, nano] of Object.entries(costNano)) total.costNano[currency] = (total.costNano[currency] ?? 0) + nano;
    }
    return [["Turns", String(this.accounts.length)], ["Tokens", tokens(total)], ["Cost", money(total.costNano)]].filter(([, value]) => value);
  }

  #actions(row) {
    const isOpen = !row.closedAt;
    const isLive = row.run && !row.run.isFinal;
    return [
      isOpen && !row.heldBy && { label: "Take over", kind: "primary", symbol: "person", work: () => this.#takeOver() },
      isOpen && row.heldBy && { label: "Hand back", kind: "primary", symbol: "again", work: () => this.#do(() => api.handBack(this.id)) },
      isOpen && isLive && !row.heldBy && { label: "Stop the turn", symbol: "stop", work: () => this.#do(() => api.stop(this.id)) },
      isOpen && isLive && { label: "Cancel the run", work: () => this.#cancel() },
      isOpen && { label: "Close", work: () => this.#close() },
      { label: "Export", work: () => this.#export() },
      { label: "Delete", kind: "danger", work: () => this.#delete() },
    ].filter(Boolean);
  }

  #cancel() {
    const run = this.row.run?.id;
    return this.#sure({
      title: "Cancel the run?", text: "It ends at once, in the middle of a turn too. The next message starts another.", yes: "Cancel the run",
    }, () => api.cancel(run));
  }

  async #delete() {
    const { id } = this;
    const isDone = await this.#sure({
      title: "Delete the session?", text: `Everything of ${id} is removed for good: both logs, its transcript, its runs.`, yes: "Delete for good", isDangerous: true,
    }, () => api.remove(id));
    if (isDone) this.actions.gone();
  }

  async #do(work) {
    await work();
    await this.#refresh();
    return true;
  }

  async #sure(question, work) {
    return (await ask(question)) !== null && this.#do(work);
  }

  async #close() {
    const reason = await ask({ title: "Close the session?", text: "Nothing can be appended to it afterwards. It stays readable.", yes: "Close", field: "Reason, shown to the user (optional)" });
    if (reason !== null) await this.#do(() => api.close(this.id, reason));
  }

  async #export() {
    const id = this.id;
    const link = h("a", { href: URL.createObjectURL(await api.archive(id)), download: `${id.replaceAll(/[^\w.-]+/g, "_")}.jsonl` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async #takeOver() {
    const name = await ask({
      title: "Take the chat over?", yes: "Take over", field: "Your name, for other operators", value: localStorage.getItem("operator") ?? "",
      text: "The agent stops where it is. Until you hand the chat back, you answer: messages are kept and start no turn.",
    });
    if (!name) return;
    localStorage.setItem("operator", name);
    this.#show("conversation");
    await this.#do(() => api.takeOver(this.id, name));
  }

  async #fork(direction, sequence) {
    try {
      const { id } = await api.fork(this.id, direction, sequence);
      say("A new session begins with the conversation up to there.");
      location.hash = `#/sessions/${encodeURIComponent(id)}`;
    } catch (error) {
      say(error.message);
    }
  }

  #show(tab, focus = false) {
    this.tab = tab;
    for (const other of tabs) {
      const button = byId(`tab-${other}`);
      button.setAttribute("aria-selected", String(other === tab));
      button.tabIndex = other === tab ? 0 : -1;
      byId(`panel-${other}`).hidden = other !== tab;
    }
    if (focus) byId(`tab-${tab}`).focus();
    if (tab === "runs" && this.id) this.#showRuns().catch((error) => say(error.message));
  }

  #showRuns() {
    const { id } = this;
    return showRuns(byId("panel-runs"), id, () => this.id === id);
  }
}

const makeFact = ([name]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("span", {})));

function fillFact(fact, [, value, look = ""]) {
  const text = fact.lastChild.firstChild;
  text.className = look;
  setText(text, value);
}

const makeAction = ({ label, work, kind = "", symbol }) => h("button", { type: "button", class: kind, onclick: doing(work) }, symbol ? icon(symbol) : null, label);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
