// What the tests of the browser side need: a transport whose callbacks are the vendor's own server actions, and readers for its streams.
import { auth } from "@trigger.dev/sdk";
import { chat as server } from "@trigger.dev/sdk/ai";
import { TriggerChatTransport } from "@trigger.dev/sdk/chat";
import * as six from "ai";
import * as five from "ai-5";
import { baseURL, user, userToken } from "./server.mjs";

export const sessionToken = (id, options = {}) =>
  auth.createPublicToken({ scopes: { read: { sessions: id }, write: { sessions: id } }, expirationTime: "1h", ...options });

export const transportOptions = (agent, options = {}) => ({
  task: agent,
  baseURL,
  accessToken: ({ chatId }) => sessionToken(chatId),
  startSession: ({ chatId, taskId, clientData }) => server.createStartSessionAction(taskId)({ chatId, clientData }),
  ...options,
});

/** A transport and what its callbacks saw. */
export function transport(agent, options = {}) {
  const seen = { starts: 0, tokens: 0, events: [], sessions: {} };
  const given = transportOptions(agent);
  const client = new TriggerChatTransport({
    ...given,
    accessToken: (params) => (seen.tokens++, given.accessToken(params)),
    startSession: (params) => (seen.starts++, given.startSession(params)),
    onEvent: (event) => seen.events.push(event),
    onSessionChange: (id, session) => (seen.sessions[id] = session),
    ...options,
  });
  return { client, seen };
}

/** The AI SDK that clients are of. Version 5 takes no chunk with a type or a key it does not know. */
export const versions = { 5: five, 6: six };

/** The default transport to the Puffle API of a server, and the conversation its last answer named. */
export function puffleTransport(agent, { url = baseURL, version = 6 } = {}) {
  const seen = { conversation: undefined };
  const client = new versions[version].DefaultChatTransport({
    api: `${url}/api/agent/chat/stream`,
    headers: { authorization: `Bearer ${userToken}`, "x-agent-id": agent },
    body: () => ({ conversationId: seen.conversation }),
    fetch: async (...request) => {
      const response = await fetch(...request);
      seen.conversation = response.headers.get("x-conversation-id") ?? seen.conversation;
      return response;
    },
  });
  return { client, seen };
}

export const submit = (client, chatId, text, options = {}) =>
  client.sendMessages({
    trigger: "submit-message",
    chatId,
    messageId: undefined,
    messages: [typeof text === "string" ? user(text) : text],
    abortSignal: undefined,
    ...options,
  });

/** Every chunk of a stream, or its first `limit`; `each` sees every chunk with its number from one. */
export async function read(stream, { limit = Infinity, each = () => {} } = {}) {
  const chunks = [];
  const reader = stream.getReader();
  while (chunks.length < limit) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
    each(value, chunks.length);
  }
  reader.releaseLock();
  return chunks;
}

export const deltas = (chunks) => chunks.filter((chunk) => chunk.type === "text-delta").map((chunk) => chunk.delta).join("");

export const texts = (message) => message.parts.filter((part) => part.type === "text").map((part) => part.text).join("");

export const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** What `useChat` keeps, without React. */
class MemoryState {
  status = "ready";
  error = undefined;
  constructor(messages) {
    this.messages = messages;
  }
  pushMessage = (message) => (this.messages = [...this.messages, message]);
  popMessage = () => (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index, message) => (this.messages = this.messages.with(index, structuredClone(message)));
  snapshot = (value) => structuredClone(value);
}

const memoryChat = ({ AbstractChat }) =>
  class extends AbstractChat {
    constructor({ messages = [], ...init }) {
      super({ ...init, state: new MemoryState(messages) });
    }
  };

export const MemoryChat = memoryChat(six);

/** A chat with an agent of the Puffle API. */
export function puffleChat(agent, { url, version = 6 } = {}) {
  const { client, seen } = puffleTransport(agent, { url, version });
  return { view: new (memoryChat(versions[version]))({ transport: client }), seen };
}
