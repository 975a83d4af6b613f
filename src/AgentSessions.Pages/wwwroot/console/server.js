// The server as a whole: its nodes, and how fast and how well turns end.
import { byId, h } from "../shared/dom.js";
import * as api from "./api.js";
import { bars, lines } from "./charts.js";
import { ask, doing, say } from "./dialog.js";
import { duration } from "./format.js";
import { showWebhooks } from "./webhooks.js";

const every = 3000;

export class Server {
  constructor() {
    setInterval(() => document.hidden || byId("server").hidden || !api.hasKey() || this.load(), every);
  }

  async load() {
    const overview = await api.overview().catch(() => null);
    if (!overview) return;
    const hadFocus = byId("nodes").contains(document.activeElement);
    byId("nodes").replaceChildren(...overview.nodes.map(node));
    if (hadFocus) byId("nodes").querySelector("button")?.focus();
    byId("charts").replaceChildren(...charts(overview.turns));
    byId("agents-here").textContent = overview.agents.join(", ") || "none";
    await showWebhooks().catch(() => {});
  }
}

const node = ({ name, isThis, state, sessions, runs, turns, uptimeSeconds, memoryBytes }) =>
  h("tr", {},
    h("th", { scope: "row" }, name, isThis ? h("span", { class: "chip" }, "answers you") : null),
    h("td", {}, h("span", { class: `chip ${state === "active" ? "good" : "held"}` }, state)),
    ...[sessions, runs, turns].map((value) => h("td", { class: "number" }, value === undefined ? "–" : String(value))),
    h("td", { class: "number" }, memoryBytes === undefined ? "–" : `${Math.round(memoryBytes / 1048576)} MiB`),
    h("td", { class: "number" }, uptimeSeconds === undefined ? "–" : duration(uptimeSeconds * 1000)),
    h("td", {}, isThis && state === "active" ? h("button", { type: "button", class: "small danger", onclick: doing(() => drain(name)) }, "Drain") : null));

async function drain(name) {
  const sure = await ask({
    title: `Drain ${name}?`, yes: "Drain and stop", isDangerous: true,
    text: "It starts no more turns, lets those that run finish within their grace, and ends its process. What waits is answered by another node, or here after the next start.",
  });
  if (sure === null) return;
  await api.drain(name);
  say(`${name} takes no new turns and is about to stop.`);
}

function charts(turns) {
  const buckets = (pick) => turns.map((bucket) => ({ at: bucket.at, values: pick(bucket) }));
  return [
    bars({ title: "Turns", names: ["ended", "failed"], format: (value) => String(Math.round(value)), buckets: buckets(({ ended, failed }) => [ended, failed]) }),
    lines({ title: "Duration of turns", names: ["median", "95th percentile"], format: duration, buckets: buckets(({ p50, p95 }) => [p50, p95]) }),
    lines({ title: "Time to the first chunk", names: ["median", "95th percentile"], format: duration, buckets: buckets(({ firstChunkP50, firstChunkP95 }) => [firstChunkP50, firstChunkP95]) }),
  ];
}
