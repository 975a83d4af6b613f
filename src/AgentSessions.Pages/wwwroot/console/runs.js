// The audit trail of a session: every run, why it began and why it ended.
import { h } from "../shared/dom.js";
import { setText, showList } from "../shared/lists.js";
import * as api from "./api.js";
import { dayOf, duration } from "./format.js";

/** Why a run ended, in words. */
export const endWords = {
  idle_timeout: "nothing came in", preload_idle: "nothing came in after a preload", max_turns: "as many turns as allowed", end_run: "its agent ended it",
  upgraded: "a successor took over", closed: "the session was closed", cancelled: "somebody cancelled it", expired: "the session expired",
  max_duration: "it took too long", failed: "its agent failed", host_lost: "its host died", evicted: "its host put it out", lost_claim: "another run owns the session",
  handover_skipped: "its head start was called off", taken_over: "an operator took over",
};

/** Shows the runs of a session in a box that shows nothing else. @param {() => boolean} isWanted asked once they are known */
export async function showRuns(box, session, isWanted) {
  const runs = await api.runs(session);
  if (!isWanted()) return;
  if (!box.firstChild) {
    box.append(h("div", { class: "table stack", tabindex: "0", role: "region", "aria-label": "Runs" }, h("table", {},
      h("thead", {}, h("tr", {}, ["Run", "Began because", "State", "Ended because", "Began", "Lived", "Version"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}))));
  }
  const rows = runs.map((run) => ({ ...run, lived: duration(new Date(run.finishedAt ?? Date.now()) - new Date(run.createdAt)) }));
  showList(box.querySelector("tbody"), rows, { key: ({ id }) => id, make, fill });
}

const make = (run) =>
  h("tr", {},
    h("th", { scope: "row" }, h("code", {}, run.id)),
    h("td", { "data-label": "Began because" }, h("span", {}, run.reason, run.previousRunId ? h("span", { class: "faint" }, ` of …${run.previousRunId.slice(-6)}`) : null)),
    h("td", { "data-label": "State" }, h("span", {})),
    h("td", { "data-label": "Ended because" }, h("div", {}, h("span", {}), run.error ? h("p", { class: "wrong" }, run.error) : null)),
    h("td", { "data-label": "Began" }, dayOf(run.createdAt)),
    h("td", { class: "number", "data-label": "Lived" }),
    h("td", { "data-label": "Version" }, run.version ?? "–"));

function fill(row, run) {
  const state = row.children[2].firstChild;
  state.className = `chip ${stateClass(run.status)}`;
  setText(state, run.status.toLowerCase());
  const end = row.children[3].firstChild;
  setText(end.firstChild, endWords[run.endReason] ?? run.endReason ?? "–");
  if (run.error && end.children.length === 1) end.append(h("p", { class: "wrong" }, run.error));
  setText(row.children[5], run.lived);
}

const stateClass = (status) => (["FAILED", "CRASHED", "TIMED_OUT"].includes(status) ? "bad" : ["EXECUTING", "WAITING", "QUEUED"].includes(status) ? "good" : "");
