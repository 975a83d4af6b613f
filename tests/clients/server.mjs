// What every test file needs: where the server is, ids that are never used twice, and a chat that is set up for it.
import { configure } from "@trigger.dev/sdk";
import { AgentChat } from "@trigger.dev/sdk/chat";
import { randomUUID } from "node:crypto";

export const baseURL = process.env.BASE_URL;
/** A server whose Puffle clients are all of version 6 of the AI SDK. */
export const newerURL = process.env.NEWER_URL;
export const secretKey = process.env.SECRET_KEY;
/** The token of a user of the chat APIs, on either server. */
export const userToken = process.env.USER_TOKEN;

configure({ baseURL, accessToken: secretKey });

export const uid = (name = "chat") => `${name}-${randomUUID()}`;

export const agentChat = (agent, options = {}) => new AgentChat({ agent, id: uid(agent), baseURL, ...options });

export const user = (text, id = uid("msg")) => ({ id, role: "user", parts: [{ type: "text", text }] });

/** What the agent `slow` counts from one number to before another. */
export const numbers = (from, to) => Array.from({ length: to - from }, (_, index) => `${from + index} `);
/** Lets the agent `slow` go on, which waits after 99 when it was told to hold. */
export const goOn = (id) => call("POST", `/realtime/v1/sessions/${id}/in/append`, { body: { kind: "message", payload: { chatId: id, trigger: "submit-message", message: user("go on") } } });
/** What it says until it is at its end. */
export const heldFrom = (from) => [...numbers(from, 100), "[steer: go on] ", ...numbers(100, 200)];

/** A raw call; bodies are JSON. */
export async function call(method, path, { token = secretKey, body, headers = {} } = {}) {
  const response = await fetch(baseURL + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Waits for a fact, at most a minute. */
export async function until(fact, what) {
  const limit = Date.now() + 60_000;
  for (;;) {
    const value = await fact();
    if (value) return value;
    if (Date.now() > limit) throw new Error(`not seen within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
