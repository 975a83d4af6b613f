// What was told to other servers: events that wait and those that are done, to be sent again.
import { byId, h } from "../shared/dom.js";
import * as api from "./api.js";
import { doing, say } from "./dialog.js";
import { dayOf } from "./format.js";

/** Shows the newest events; nothing where no endpoint is configured, or where a token may not ask. */
export async function showWebhooks() {
  const endpoints = await api.webhooks().catch(() => []);
  byId("webhooks").hidden = endpoints.length === 0;
  if (endpoints.length === 0) return;
  const [waiting, done] = await Promise.all([api.webhookEvents(false), api.webhookEvents(true)]);
  const hadFocus = document.activeElement?.closest?.("#webhook-events [data-event]")?.dataset.event;
  byId("webhook-endpoints").textContent = endpoints.map(({ name, url }) => `${name}: ${url}`).join(", ");
  byId("webhook-events").replaceChildren(...[...waiting.reverse(), ...done.reverse()].map((event) => row(event, waiting.includes(event))));
  byId("no-webhook-events").hidden = waiting.length + done.length > 0;
  if (hadFocus) byId("webhook-events").querySelector(`[data-event="${CSS.escape(hadFocus)}"]`)?.focus();
}

const row = ({ id, type, timestamp, data, deliveries }, isWaiting) =>
  h("tr", {},
    h("th", { scope: "row" }, type),
    h("td", {}, data.externalId ?? data.sessionId ?? data.chatId ?? "–"),
    h("td", {}, dayOf(timestamp)),
    h("td", {}, h("span", { class: `chip ${isWaiting ? "held" : ""}` }, isWaiting ? "waiting" : "done"), ...Object.entries(deliveries).map(delivery)),
    h("td", {}, h("button", { type: "button", class: "small", "data-event": id, onclick: doing(() => again(id)) }, "Send again")));

const delivery = ([endpoint, { attempts, deliveredAt, nextAt, lastResult }]) =>
  h("p", { class: "faint" }, `${endpoint}: ${deliveredAt ? "delivered" : nextAt ? `next try ${dayOf(nextAt)}` : attempts ? "given up" : "not sent yet"}${lastResult ? ` (${lastResult})` : ""}`);

async function again(id) {
  await api.replay(id);
  say("It is sent to all its endpoints again.");
  await showWebhooks();
}
