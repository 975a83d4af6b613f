// What was told to other servers: events that wait and those that are done, to be sent again.
import { byId, h } from "../shared/dom.js";
import { setText, showList } from "../shared/lists.js";
import * as api from "./api.js";
import { doing, say } from "./dialog.js";
import { dayOf } from "./format.js";

/** Shows the newest events; nothing where no endpoint is configured, or where a token may not ask. */
export async function showWebhooks() {
  const endpoints = await api.webhooks().catch(() => []);
  byId("webhooks").hidden = endpoints.length === 0;
  if (endpoints.length === 0) return;
  const [waiting, done] = await Promise.all([api.webhookEvents(false), api.webhookEvents(true)]);
  setText(byId("webhook-endpoints"), endpoints.map(({ name, url }) => `${name}: ${url}`).join(", "));
  const events = [...waiting.reverse().map((event) => ({ ...event, isWaiting: true })), ...done.reverse()];
  showList(byId("webhook-events"), events, { key: ({ id }) => id, make, fill });
  byId("no-webhook-events").hidden = waiting.length + done.length > 0;
}

const make = ({ id, type, timestamp, data }) =>
  h("tr", {},
    h("th", { scope: "row" }, type),
    h("td", { "data-label": "Session" }, data.externalId ?? data.sessionId ?? data.chatId ?? "–"),
    h("td", { "data-label": "When" }, dayOf(timestamp)),
    h("td", { "data-label": "Deliveries" }, h("div", {})),
    h("td", {}, h("button", { type: "button", class: "small", "aria-label": `Send ${type} of ${dayOf(timestamp)} again`, onclick: doing(() => again(id)) }, "Send again")));

const fill = (row, { deliveries, isWaiting }) =>
  row.children[3].firstChild.replaceChildren(h("span", { class: `chip ${isWaiting ? "held" : ""}` }, isWaiting ? "waiting" : "done"), ...Object.entries(deliveries).map(delivery));

const delivery = ([endpoint, { attempts, deliveredAt, nextAt, lastResult }]) =>
  h("p", { class: "faint" }, `${endpoint}: ${deliveredAt ? "delivered" : nextAt ? `next try ${dayOf(nextAt)}` : attempts ? "given up" : "not sent yet"}${lastResult ? ` (${lastResult})` : ""}`);

async function again(id) {
  await api.replay(id);
  say("It is sent to all its endpoints again.");
  await showWebhooks();
}
