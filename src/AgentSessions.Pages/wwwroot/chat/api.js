// What the chat page asks of its server. Tokens belong to one chat each and are renewed when they are refused.
import { reach } from "../shared/reach.js";

const tokens = new Map();

const post = (path, body, headers = {}) =>
  reach(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

async function json(answer) {
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.error ?? `The server answered ${answer.status}`), { status: answer.status, code: body.code });
  return body;
}

/** The agents to choose from. */
export const agents = async () => (await json(await reach("/chat/agents"))).agents;

/** Creates the chat's session or finds it. */
export async function start(chatId, agent) {
  tokens.set(chatId, (await json(await post("/chat/start", { chatId, agent }))).token);
}

/** The header that opens this chat; with `renew` a fresh one. */
export async function credential(chatId, renew = false) {
  if (renew || !tokens.has(chatId)) tokens.set(chatId, (await json(await post("/chat/token", { chatId }))).token);
  return { authorization: `Bearer ${tokens.get(chatId)}` };
}

const session = (chatId) => `/realtime/v1/sessions/${encodeURIComponent(chatId)}`;

export const outUrl = (chatId) => `${session(chatId)}/out`;

async function withCredential(chatId, call) {
  const answer = await call(await credential(chatId));
  return answer.status === 401 || answer.status === 403 ? call(await credential(chatId, true)) : answer;
}

/** Appends a record to the chat's `in`. The same part id twice stores it once. @returns its sequence */
export async function append(chatId, record, partId) {
  const send = () => withCredential(chatId, (headers) => post(`${session(chatId)}/in/append`, record, { ...headers, "x-part-id": partId }));
  for (let attempt = 0; ; attempt++) {
    let answer;
    try {
      answer = await send();
    } catch (error) {
      if (attempt === 3) throw error;
    }
    if (answer && (answer.status < 500 || attempt === 3)) return (await json(answer)).seq;
    await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** attempt));
  }
}

/** Keeps a file beside the chat. @returns its address for a file part */
export async function upload(chatId, { name, blob }) {
  const stored = await json(await withCredential(chatId, (headers) =>
    reach(`/api/v1/sessions/${encodeURIComponent(chatId)}/attachments?name=${encodeURIComponent(name)}`, { method: "POST", headers: { ...headers, "content-type": blob.type }, body: blob })));
  return stored;
}

/** A file of a chat, which a branch may have taken over from another one. */
export const attachment = (chatId, id) =>
  withCredential(chatId, (headers) => reach(`/api/v1/sessions/${encodeURIComponent(chatId)}/attachments/${encodeURIComponent(id)}`, { headers }));

/** Records of `in` after a sequence, with their text read as JSON. */
export async function inputs(chatId, after) {
  const query = after >= 0 ? `?afterEventId=${after}` : "";
  const answer = await withCredential(chatId, (headers) => reach(`${session(chatId)}/in/records${query}`, { headers, cache: "no-store" }));
  if (answer.status === 404) return [];
  return (await json(answer)).records.map(({ data, seqNum }) => {
    try {
      return { seq: seqNum, ...JSON.parse(data) };
    } catch {
      return { seq: seqNum };
    }
  });
}

/** The session's row, or null while there is none. */
export async function row(chatId) {
  const answer = await withCredential(chatId, (headers) => reach(`/api/v1/sessions/${encodeURIComponent(chatId)}`, { headers, cache: "no-store" }));
  return answer.status === 404 ? null : json(answer);
}

/** The history of a chat that has none. */
export const noHistory = { messages: [], lastOutEventId: -1, lastInEventId: -1 };

/** The stored history: messages, and how far on both streams they reach. */
export async function history(chatId) {
  const answer = await withCredential(chatId, (headers) => reach(`/api/v1/sessions/${encodeURIComponent(chatId)}/snapshot-url`, { headers, cache: "no-store" }));
  if (answer.status === 404) return noHistory;
  const { presignedUrl } = await json(answer);
  const { pathname, search } = new URL(presignedUrl);
  const snapshot = await reach(pathname + search, { cache: "no-store" });
  return snapshot.status === 404 ? noHistory : { ...noHistory, ...(await json(snapshot)) };
}

/** Makes another chat of the messages before one of this chat. */
export const branch = async (chatId, before, to) =>
  void tokens.set(to, (await json(await post("/chat/branch", { chatId, before, to }))).token);
