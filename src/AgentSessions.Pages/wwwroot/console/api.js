// What the console asks of the server. The key or token stays in this tab and leaves it only in the Authorization header.
import { reach } from "../shared/reach.js";

const key = "secret-key";

export const hasKey = () => sessionStorage.getItem(key) !== null;
export const setKey = (text) => sessionStorage.setItem(key, text);
export const forgetKey = () => sessionStorage.removeItem(key);

const credential = () => ({ authorization: `Bearer ${sessionStorage.getItem(key)}` });

const tell = (name) => window.dispatchEvent(new Event(name));

/**
 * Calls the server. Raises `reached` or `unreachable` on the window, and `signed-out` when the key is refused.
 * @throws {Error} with `status` when the server refuses
 */
export async function call(method, path, body) {
  const answer = await reach(path, {
    method,
    headers: { ...credential(), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
  }).catch((error) => {
    if (error.isUnreachable) tell("unreachable");
    throw error;
  });
  tell("reached");
  if (answer.status === 401) tell("signed-out");
  const json = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(json?.error ?? json?.title ?? `The server answered ${answer.status}`), { status: answer.status });
  return json;
}

const id = encodeURIComponent;
const native = (session) => `/api/v1/sessions/${id(session)}`;
const own = (session) => `/api/console/v1/sessions/${id(session)}`;

/** One page of sessions, newest first: `{data, next}`. */
export function sessions({ text, agent, tag, status, period, after, size = 50 } = {}) {
  const query = new URLSearchParams({ "page[size]": size });
  const set = (name, value) => value && query.set(name, value);
  set("text", text);
  set("filter[taskIdentifier]", agent);
  set("filter[tags]", tag);
  set("filter[status]", status);
  set("filter[createdAt][period]", period);
  set("page[after]", after);
  return call("GET", `/api/console/v1/sessions?${query}`);
}

export const session = (session) => call("GET", native(session));
export const facts = (session) => call("GET", own(session));
export const runs = async (session) => (await call("GET", `${own(session)}/runs?limit=100`)).data;
export const transcript = (session) => call("GET", `${own(session)}/transcript`);

/** What the turns after a boundary called and took, in their order. */
export async function turns(session, after) {
  const all = [];
  for (;;) {
    const { turns, hasMore } = await call("GET", `${own(session)}/turns${after < 0 ? "" : `?after=${after}`}`);
    all.push(...turns);
    if (!hasMore) return all;
    after = turns.at(-1).boundary;
  }
}

/** One page of budgets: `{data, next}`. */
export function budgets({ of, scope, after } = {}) {
  const query = new URLSearchParams(Object.entries({ of, scope, after }).filter(([, value]) => value));
  return call("GET", `/api/console/v1/budgets?${query}`);
}

/** All nodes, and the turns of the last hour: of one node, or of all. */
export const overview = (node) => call("GET", `/api/console/v1/overview${node ? `?node=${id(node)}` : ""}`);

export const stop = (session) => call("POST", `/realtime/v1/sessions/${id(session)}/in/append`, { kind: "stop" });
export const cancel = (run) => call("POST", `/api/v2/runs/${id(run)}/cancel`);
export const close = (session, reason) => call("POST", `${native(session)}/close`, reason ? { reason } : {});
export const remove = (session) => call("DELETE", own(session));
export const webhooks = async () => (await call("GET", "/api/v1/webhooks")).endpoints;
export const webhookEvents = async (isDone) => (await call("GET", `/api/v1/webhooks/events?limit=200&done=${isDone}`)).events;
export const replay = (event) => call("POST", `/api/v1/webhooks/events/${id(event)}/replay`);

/** Everything of a session as the lines of an archive. */
export async function archive(session) {
  const answer = await reach(`${native(session)}/export`, { headers: credential(), cache: "no-store" });
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.error ?? `The server answered ${answer.status}`);
  return answer.blob();
}

/** A file that a message names. */
export const attachment = (session, file) => reach(`${native(session)}/attachments/${id(file)}`, { headers: credential() });

export const drain = (node) => call("POST", `/api/console/v1/nodes/${id(node)}/drain`);
export const takeOver = (session, operator) => call("POST", `${own(session)}/take-over`, { operator });
export const say = (session, messageId, text) => call("POST", `${own(session)}/say`, { messageId, text });
export const handBack = (session) => call("POST", `${own(session)}/hand-back`, {});
export const fork = (session, direction, sequence) => call("POST", `${own(session)}/fork`, { direction, sequence });

/** How a stream is followed. */
export const stream = (session, direction) => ({
  url: `/realtime/v1/sessions/${id(session)}/${direction}`,
  headers: async (refused) => {
    if (refused) window.dispatchEvent(new Event("signed-out"));
    return credential();
  },
});

/** The same as the chat page's calls, with the secret key, for a chat that is only watched. */
export const watching = {
  noHistory: { messages: [], lastOutEventId: -1, lastInEventId: -1 },
  row: (chat) => session(chat).catch((error) => (error.status === 404 ? null : Promise.reject(error))),
  history: async (chat) => {
    const { messages, cursors = {} } = await transcript(chat);
    return { messages, lastOutEventId: cursors.lastOutEventId ?? -1, lastInEventId: cursors.lastInEventId ?? -1 };
  },
  outUrl: (chat) => stream(chat, "out").url,
  credential: (chat, refused) => stream(chat, "out").headers(refused),
  inputs: async (chat, after) => {
    const { records } = await call("GET", `/realtime/v1/sessions/${id(chat)}/in/records${after >= 0 ? `?afterEventId=${after}` : ""}`);
    return records.map(({ data, seqNum }) => {
      try {
        return { seq: seqNum, ...JSON.parse(data) };
      } catch {
        return { seq: seqNum };
      }
    });
  },
};
