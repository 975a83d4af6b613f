// The server as a whole: its nodes, and how fast and how well turns end.
import { byId, h } from "../shared/dom.js";
import { regularly, setText, showList } from "../shared/lists.js";
import * as api from "./api.js";
import { bars, lines } from "./charts.js";
import { ask, doing, say } from "./dialog.js";
import { duration } from "./format.js";
import { showWebhooks } from "./webhooks.js";

const every = 3000; // Milliseconds between looks while the view is seen.

export class Server {
  #asked = 0;

  constructor() {
    byId("chart-node").addEventListener("change", () => this.load());
    regularly(every, () => !byId("server").hidden && api.hasKey(), () => this.load());
  }

  async load() {
    const asked = ++this.#asked;
    const overview = await api.overview(byId("chart-node").value).catch((error) => (error.status === 404 ? this.#gone() : null));
    if (asked !== this.#asked || !overview) return;
    showList(byId("nodes"), overview.nodes, { key: ({ name }) => name, make: makeNode, fill: fillNode });
    setText(byId("sum"), [sumOf(overview.nodes), storedOf(overview.stored)].filter(Boolean).join("; "));
    showList(byId("chart-node"), [{ name: "", label: "All nodes" }, ...overview.nodes.map(({ name }) => ({ name, label: name }))], {
      key: ({ name }) => name, make: ({ name, label }) => h("option", { value: name }, label),
    });
    byId("chart-node").hidden = overview.nodes.length < 2;
    showList(byId("charts"), chartsOf(overview.turns), { key: ({ title }) => title, make: ({ draw, ...chart }) => draw(chart) });
    setText(byId("agents-here"), overview.agents.join(", ") || "none");
    await showWebhooks().catch(() => {});
  }

  /** The node whose charts were wanted has left; those of all nodes take their place. */
  #gone() {
    byId("chart-node").value = "";
    return null;
  }
}

const figures = ["Sessions in memory", "Runs", "Turns now", "Turns in an hour", "95th percentile", "Memory", "Up for"];

const makeNode = ({ name, isThis }) =>
  h("tr", {},
    h("th", { scope: "row" }, name, isThis ? h("span", { class: "chip" }, "answers you") : null),
    h("td", { "data-label": "State" }, h("span", {})),
    figures.map((label) => h("td", { class: "number", "data-label": label })),
    h("td", {}));

function fillNode(row, { name, state, sessions, runs, turns, lastHour, uptimeSeconds, memoryBytes }) {
  const [, stateCell, ...cells] = row.children;
  stateCell.firstChild.className = `chip ${state === "active" ? "good" : "held"}`;
  setText(stateCell.firstChild, state);
  const values = [
    sessions, runs, turns,
    lastHour && (lastHour.failed ? `${lastHour.ended} (${lastHour.failed} failed)` : lastHour.ended),
    lastHour && lastHour.p95 !== null ? duration(lastHour.p95) : undefined,
    memoryBytes && `${Math.round(memoryBytes / 1048576)} MiB`,
    uptimeSeconds !== undefined ? duration(uptimeSeconds * 1000) : undefined,
  ];
  values.forEach((value, index) => setText(cells[index], value === undefined ? "–" : String(value)));
  const actions = cells.at(-1);
  if (state !== "active") actions.replaceChildren();
  else if (!actions.firstChild) actions.append(h("button", { type: "button", class: "small danger", "aria-label": `Drain ${name}`, onclick: doing(() => drain(name)) }, "Drain"));
}

/** What all nodes hold together, in words; nothing for one node, whose row says it. */
function sumOf(nodes) {
  if (nodes.length < 2) return "";
  const total = (field) => nodes.reduce((sum, node) => sum + (node[field] ?? 0), 0).toLocaleString();
  return `${nodes.length} nodes together: ${total("sessions")} sessions in memory, ${total("runs")} runs, ${total("turns")} turns now`;
}

/** What the environment keeps of what it may, in words; nothing where that is not bounded. */
function storedOf(stored) {
  const mebibytes = (bytes) => `${Math.round(bytes / 1048576).toLocaleString()} MiB`;
  return stored ? `stored: ${mebibytes(stored.bytes)} of ${mebibytes(stored.limit)}` : "";
}

async function drain(name) {
  const sure = await ask({
    title: `Drain ${name}?`, yes: "Drain and stop", isDangerous: true,
    text: "It starts no more turns, lets those that run finish within their grace, and ends its process. What waits is answered by another node, or here after the next start.",
  });
  if (sure === null) return;
  await api.drain(name);
  say(`${name} takes no new turns and is about to stop.`);
}

function chartsOf(turns) {
  const buckets = (pick) => turns.map((bucket) => ({ at: bucket.at, values: pick(bucket) }));
  return [
    { draw: bars, title: "Turns", names: ["ended", "failed"], format: (value) => String(Math.round(value)), buckets: buckets(({ ended, failed }) => [ended, failed]) },
    { draw: lines, title: "Duration of turns", names: ["median", "95th percentile"], format: duration, buckets: buckets(({ p50, p95 }) => [p50, p95]) },
    { draw: lines, title: "Time to the first chunk", names: ["median", "95th percentile"], format: duration, buckets: buckets(({ firstChunkP50, firstChunkP95 }) => [firstChunkP50, firstChunkP95]) },
  ];
}
