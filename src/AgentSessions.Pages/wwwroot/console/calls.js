// What turns called and took, and what runs lived, as lines between the records of a timeline.
import { h } from "../shared/dom.js";
import { duration, money, timeOf, tokens } from "./format.js";
import { endWords } from "./runs.js";

const together = 10; // Milliseconds between quick hooks that share a line.

/** A line without a record: it belongs to no log and cannot be forked from. */
export const line = (at, io, kind, text, look = "") =>
  h("li", { class: `of-${io}` }, h("div", { class: `record plain ${look}` },
    h("span", { class: "at" }, timeOf(Math.round(at))), h("span", { class: `io ${io}` }, io), h("span", { class: "seq" }), h("span", { class: "kind" }, kind), h("span", { class: "what" }, text)));

/** The lines of what a turn called: `[moment, element]`. Hooks that took no time and follow each other share one. */
export function callLines(entries) {
  const lines = [];
  let quick = null;
  let until = 0;
  for (const entry of entries) {
    if (entry.kind === "hook" && !entry.hasFailed && entry.milliseconds < 1) {
      if (quick && entry.at <= until) quick.querySelector(".what").append(`, ${entry.name}`);
      else lines.push([entry.at, (quick = line(entry.at, "call", "hooks", entry.name))]);
      until = entry.at + together;
      continue;
    }
    quick = null;
    lines.push([entry.at, callLine(entry)]);
  }
  return lines;
}

function callLine({ kind, name, at, milliseconds, hasFailed, inputTokens = 0, outputTokens = 0 }) {
  const words = [name, duration(milliseconds), hasFailed ? "failed" : "", tokens({ inputTokens, outputTokens })].filter(Boolean).join(" · ");
  return line(at, "call", kind, words, hasFailed ? "bad" : "");
}

/** What a boundary's line says more: how the turn ended, and what it took. */
export const spent = (turn) =>
  [turn.outcome === "answered" ? "" : turn.outcome, tokens(turn), money(turn.costNano), turn.omitted ? `${turn.omitted} more calls` : ""].filter(Boolean).map((words) => ` · ${words}`).join("");

/** A turn whose records are not kept any more. */
export const turnLine = (turn) =>
  line(turn.at + turn.milliseconds, "call", "turn", `${turn.agent} · ${duration(turn.milliseconds)}, boundary out ${turn.boundary}${spent(turn)}`, turn.outcome === "failed" ? "bad" : "");

/** The lines of a run: `[moment, key, element]` for its beginning and, if it is over, its end. */
export function runLines(run) {
  const began = new Date(run.createdAt).getTime();
  const lines = [[began, `${run.id} began`, () => line(began, "run", "run began", `${run.id} · ${run.reason}${run.previousRunId ? ` of ${run.previousRunId}` : ""}${run.version ? ` · version ${run.version}` : ""}`)]];
  if (run.finishedAt) {
    const ended = new Date(run.finishedAt).getTime();
    const isBad = ["FAILED", "CRASHED", "TIMED_OUT"].includes(run.status);
    lines.push([ended, `${run.id} ended`, () => line(ended, "run", "run ended", `${run.id} · ${run.status.toLowerCase()}: ${endWords[run.endReason] ?? run.endReason ?? "–"}${run.error ? ` · ${run.error}` : ""}`, isBad ? "bad" : "")]);
  }
  return lines;
}
