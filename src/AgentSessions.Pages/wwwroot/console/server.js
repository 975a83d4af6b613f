// The server as a whole: its nodes, and how fast and how well turns end.
import { byId, h } from "../shared/dom.js";
import * as api from "./api.js";
import { bars, lines } from "./charts.js";
import { duration } from "./format.js";

const every = 3000;

export class Server {
  constructor() {
    setInterval(() => document.hidden || byId("server").hidden || !api.hasKey() || this.load(), every);
  }

  async load() {
    const overview = await api.overview().catch(() => null);
    if (!overview) return;
    byId("nodes").replaceChildren(...overview.nodes.map(node));
    byId("charts").replaceChildren(...charts(overview.turns));
    byId("agents-here").textContent = overview.agents.join(", ") || "none";
  }
}

const node = ({ name, isThis, state, sessions, runs, turns, uptimeSeconds, memoryBytes }) =>
  h("tr", {},
    h("th", { scope: "row" }, name, isThis ? h("span", { class: "chip" }, "answers you") : null),
    h("td", {}, h("span", { class: `chip ${state === "active" ? "good" : "held"}` }, state)),
    ...[sessions, runs, turns].map((value) => h("td", { class: "number" }, value === undefined ? "–" : String(value))),
    h("td", { class: "number" }, memoryBytes === undefined ? "–" : `${Math.round(memoryBytes / 1048576)} MiB`),
    h("td", { class: "number" }, uptimeSeconds === undefined ? "–" : duration(uptimeSeconds * 1000)));

function charts(turns) {
  const buckets = (pick) => turns.map((bucket) => ({ at: bucket.at, values: pick(bucket) }));
  const milliseconds = (value) => (value === undefined || value === null ? null : value);
  return [
    bars({ title: "Turns", names: ["ended", "failed"], format: (value) => String(Math.round(value)), buckets: buckets(({ ended, failed }) => [ended, failed]) }),
    lines({ title: "Whole turn", names: ["median", "95th percentile"], format: duration, buckets: buckets(({ p50, p95 }) => [milliseconds(p50), milliseconds(p95)]) }),
  ];
}
