// Both logs of a session as one, in the order in which they were written, with what turns called and runs lived in between. Deltas that follow
// each other fold into one line.
import { h, icon } from "../shared/dom.js";
import { setText } from "../shared/lists.js";
import { follow } from "../shared/stream.js";
import * as api from "./api.js";
import { callLines, runLines, spent, turnLine } from "./calls.js";
import { describe } from "./records.js";
import { duration, timeOf } from "./format.js";

const most = 3000; // Lines kept on the page; older ones make room.
const reach = 10_000; // Records of each log that are read of what was written before; an export has them all.
const calm = 400; // Milliseconds before a further look, in which many boundaries share one.
const together = 500; // Deltas that share a line at most.
const shown = [["in", "In"], ["out", "Out"], ["call", "Hooks and calls"], ["run", "Runs"]];

export class Timeline {
  #asked = new Map();
  #answered = null;
  #firstChunk = null;
  #lines = [];
  #pending = [];
  #isPainting = false;
  #boundaries = new Map();
  #accounts = new Map();
  #runs = new Set();
  #looking = Promise.resolve();
  #isLookWanted = false;
  #isFirstLook = true;

  /**
   * @param {HTMLElement} box @param {string} session @param {AbortSignal} signal
   * @param {{in: {oldest: number, tail: number}, out: {oldest: number, tail: number}}} bounds what there is of both logs
   * @param {{fork: (direction: string, sequence: number) => void, onTurn: (turn: object) => void, onAnswered: (cursor: string) => void, onAccounts: (turns: object[]) => void}} actions
   */
  constructor(box, session, signal, bounds, actions) {
    this.actions = actions;
    this.session = session;
    this.signal = signal;
    this.list = h("ol", { class: "timeline", "aria-label": "Records of both logs" });
    this.empty = h("p", { class: "faint" }, "Nothing has been written yet.");
    const after = { in: Math.max(-1, bounds.in.tail - 1 - reach), out: Math.max(-1, bounds.out.tail - 1 - reach) };
    const passed = ["in", "out"].filter((direction) => after[direction] >= bounds[direction].oldest);
    const note = passed.length === 0 ? [] : [
      h("p", { class: "faint" }, `Shown from ${passed.map((direction) => `${direction} ${(after[direction] + 1).toLocaleString()}`).join(" and ")} on; an export has what came before.`),
    ];
    box.replaceChildren(this.#filter(), ...note, this.empty, this.list);
    this.look();
    for (const direction of ["in", "out"]) {
      follow({ ...api.stream(session, direction), after: after[direction], signal, onRecord: (record) => this.#add(direction, record) })
        .catch((error) => (this.empty.textContent = error.message));
    }
  }

  #add(direction, record) {
    this.#pending.push({ direction, record });
    if (this.#isPainting) return;
    this.#isPainting = true;
    // Both streams arrive on their own; a moment's patience puts their records into order.
    setTimeout(() => {
      this.#isPainting = false;
      this.#flush();
    }, 120);
  }

  #flush() {
    this.empty.hidden = true;
    const records = this.#pending.sort((a, b) => a.record.timestamp - b.record.timestamp || (a.direction === b.direction ? a.record.seq_num - b.record.seq_num : a.direction === "in" ? -1 : 1));
    this.#pending = [];
    const fragment = document.createDocumentFragment();
    for (const { direction, record } of records) this.#line(fragment, direction, record);
    this.#lines[0]?.paint?.();
    this.#append(fragment);
    this.#trim();
  }

  /** Records go behind all that was written before them; a call of the same turn that is known already may be later. */
  #append(fragment) {
    const first = fragment.firstElementChild;
    if (!first || !(this.list.lastElementChild?.stamp > first.stamp)) return this.list.append(fragment);
    for (const item of [...fragment.children]) this.#insert(item.stamp, item);
  }

  #insert(stamp, item) {
    item.stamp = stamp;
    let before = this.list.lastElementChild;
    while (before && before.stamp > stamp) before = before.previousElementSibling;
    before ? before.after(item) : this.list.prepend(item);
    this.empty.hidden = true;
    return item;
  }

  #trim() {
    while (this.list.children.length > most) this.list.firstChild.remove();
  }

  /** Looks for turns and runs that are not on the page yet; one look at a time. */
  look() {
    if (this.#isLookWanted) return;
    this.#isLookWanted = true;
    this.#looking = this.#looking.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, this.#isFirstLook ? 0 : calm));
      this.#isLookWanted = this.#isFirstLook = false;
      if (this.signal.aborted) return;
      const after = Math.max(-1, ...this.#accounts.keys());
      const [turns, runs] = await Promise.all([api.turns(this.session, after), api.runs(this.session)]);
      if (this.signal.aborted) return;
      for (const turn of turns) this.#account(turn);
      for (const [at, key, make] of runs.flatMap(runLines)) {
        if (this.#runs.has(key)) continue;
        this.#runs.add(key);
        this.#insert(at, make());
      }
      this.#trim();
      if (turns.length > 0) this.actions.onAccounts([...this.#accounts.values()]);
    }).catch(() => {});
  }

  #account(turn) {
    this.#accounts.set(turn.boundary, turn);
    for (const [at, element] of callLines(turn.entries)) this.#insert(at, element);
    const known = this.#boundaries.get(turn.boundary);
    if (known) known.querySelector(".what").append(spent(turn));
    else turn.line = this.#insert(turn.at + turn.milliseconds, turnLine(turn));
  }

  /** The line of a boundary is there, so the one that stood for it can go. */
  #settle(sequence, element) {
    this.#boundaries.set(sequence, element);
    const turn = this.#accounts.get(sequence);
    if (turn) {
      turn.line?.remove();
      element.querySelector(".what").append(spent(turn));
    }
  }

  #filter() {
    return h("div", { class: "choices show", role: "group", "aria-label": "Shown in the timeline" }, shown.map(([name, label]) => {
      const button = h("button", { type: "button", class: "small", "aria-pressed": "true" }, label);
      button.addEventListener("click", () => {
        const isHidden = this.list.classList.toggle(`no-${name}`);
        button.setAttribute("aria-pressed", String(!isHidden));
      });
      return button;
    }));
  }

  #line(target, direction, record) {
    const what = describe(direction, record);
    this.#time(direction, record, what);
    const last = this.#lines.at(-1);
    if (what.group && last?.group === what.group && last.count() < together) {
      last.add(record, what);
      return;
    }
    last?.paint?.();
    const line = what.group ? this.#group(direction, record, what) : this.#single(direction, record, what);
    this.#lines = [line];
    line.element.stamp = record.timestamp;
    line.element.className = `of-${direction}`;
    target.append(line.element);
    if (what.isBoundary) {
      this.#settle(record.seq_num, line.element);
      if (!this.#accounts.has(record.seq_num)) this.look();
    }
  }

  /** Measures turns: from the message to its first chunk, and to its boundary. One whose beginning is trimmed away is not measured. */
  #time(direction, record, what) {
    if (direction === "in" && record.body.includes("payload")) this.#asked.set(record.seq_num, record.timestamp);
    if (direction === "out" && what.kind === "start") this.#firstChunk ??= record.timestamp;
    if (!what.isBoundary) return;
    this.actions.onAnswered(what.consumed);
    const consumed = Number(what.consumed);
    const own = [...this.#asked.keys()].filter((seq) => seq <= consumed && (this.#answered === null ? seq === consumed : seq > this.#answered));
    if (own.length > 0 && this.#firstChunk !== null) {
      const from = this.#asked.get(Math.min(...own));
      const turn = { first: this.#firstChunk - from, whole: record.timestamp - from };
      what.text += ` · first chunk after ${duration(turn.first)}, all after ${duration(turn.whole)}`;
      this.actions.onTurn(turn);
    }
    for (const seq of this.#asked.keys()) if (seq <= consumed) this.#asked.delete(seq);
    this.#answered = consumed;
    this.#firstChunk = null;
  }

  #single(direction, record, what) {
    const body = h("div", { class: "inner" });
    const details = h("details", { class: `record ${direction} ${kindClass(what)}` },
      this.#summary(direction, record.timestamp, String(record.seq_num), what.kind, what.text), body);
    details.addEventListener("toggle", () => {
      if (details.open && !body.firstChild) body.append(this.#inside(direction, record, what));
    });
    return { element: h("li", {}, details) };
  }

  #group(direction, record, what) {
    const records = [[record, what]];
    let words = String(what.text);
    const summary = this.#summary(direction, record.timestamp, String(record.seq_num), what.kind, words);
    const body = h("div", { class: "inner" });
    const details = h("details", { class: `record ${direction}` }, summary, body);
    const list = h("ol", { class: "deltas" });
    // What is seen already stays as it is: somebody may be reading or marking it.
    const fill = () => {
      if (!body.firstChild) body.append(list);
      for (const [one, its] of records.slice(list.children.length)) {
        list.append(h("li", {}, h("code", {}, String(one.seq_num)), h("span", {}, timeOf(one.timestamp)), h("q", {}, String(its.text)), direction === "out" ? this.#forkButton(direction, one) : null));
      }
    };
    details.addEventListener("toggle", () => details.open && fill());
    let painted = 1;
    return {
      group: what.group,
      element: h("li", {}, details),
      count: () => records.length,
      add: (next, its) => {
        records.push([next, its]);
        if (words.length < 400) words += its.text;
      },
      paint: () => {
        if (painted === records.length) return;
        painted = records.length;
        setText(summary.querySelector(".seq"), `${record.seq_num}–${records.at(-1)[0].seq_num}`);
        setText(summary.querySelector(".kind"), `${what.kind} × ${records.length}`);
        setText(summary.querySelector(".what"), words);
        if (details.open) fill();
      },
    };
  }

  #summary(direction, timestamp, seq, kind, text) {
    return h("summary", {},
      h("span", { class: "at" }, timeOf(timestamp)),
      h("span", { class: `io ${direction}` }, direction),
      h("span", { class: "seq" }, seq),
      h("span", { class: "kind" }, kind),
      h("span", { class: "what" }, String(text)));
  }

  #inside(direction, record, what) {
    return h("div", {},
      h("pre", { tabindex: "0" }, h("code", {}, JSON.stringify(what.value, null, 2) ?? record.body)),
      direction === "out" || what.canFork ? h("div", { class: "choices" }, this.#forkButton(direction, record)) : null);
  }

  #forkButton(direction, record) {
    return h("button", { type: "button", class: "small", title: "Start a new session from here", onclick: () => this.actions.fork(direction, record.seq_num) }, icon("fork"), "Fork from here");
  }
}

const kindClass = ({ kind, isBoundary }) =>
  isBoundary ? "boundary" : kind === "error" || kind === "tool-output-error" ? "bad" : kind === "command" ? "dim" : kind === "message" ? "spoken" : /^tool-/.test(kind) ? "call" : "";
