// Row 61 of the wire document's feature table: the React hooks, rendered without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chat as server, defaultStorage } from "@trigger.dev/sdk/ai";
import { useLoadTranscript, useMultiTabChat, usePendingMessages, useTriggerChatTransport } from "@trigger.dev/sdk/chat/react";
import { useChat } from "@ai-sdk/react";
import { createElement } from "react";
import { create } from "react-test-renderer";
import { agentChat, goOn, uid, until } from "./server.mjs";
import { texts, transport, transportOptions } from "./transports.mjs";

/** Renders a hook; `view.now` is what it returned last. */
async function render(hook, t) {
  const view = { now: undefined };
  const Host = () => ((view.now = hook()), null);
  const root = create(createElement(Host));
  t.after(() => root.unmount());
  await until(() => view.now, "the first render");
  return view;
}

test("an answer under way is resumed when the page mounts", async (t) => {
  const id = uid();
  const before = transport("slow");
  const stream = await before.client.sendMessages({ trigger: "submit-message", chatId: id, messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: "hold" }] }] });
  const reader = stream.getReader();
  for (let n = 0; n < 20; n++) await reader.read();
  const saved = before.client.getSession(id);
  before.client.dispose();

  const view = await render(() => {
    const transport = useTriggerChatTransport(transportOptions("slow", { sessions: { [id]: saved } }));
    return useChat({ id, transport, resume: true, messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: "hold" }] }] });
  }, t);
  await until(() => texts(view.now.messages[1] ?? { parts: [] }).endsWith("99 "), "the answer so far");
  await goOn(id);
  await until(() => view.now.status === "ready" && view.now.messages.length === 2 && texts(view.now.messages[1]).endsWith("199 "), "the whole answer");
  assert.ok(texts(view.now.messages[1]).startsWith("0 1 2 "));
});

test("a pending message steers the answer and is shown where it took effect", async (t) => {
  const id = uid();
  const view = await render(() => {
    const transport = useTriggerChatTransport(transportOptions("slow"));
    const chat = useChat({ id, transport });
    return { chat, pending: usePendingMessages({ transport, chatId: id, status: chat.status, messages: chat.messages, setMessages: chat.setMessages, sendMessage: chat.sendMessage }) };
  }, t);
  void view.now.chat.sendMessage({ text: "hold" });
  await until(() => view.now.chat.messages.length === 2 && texts(view.now.chat.messages[1]).length > 40, "some text");
  view.now.pending.steer("faster");
  await until(() => view.now.chat.messages.at(-1).parts.some((part) => view.now.pending.isInjectionPoint(part)), "the injection point");
  const point = view.now.chat.messages.at(-1).parts.find((part) => view.now.pending.isInjectionPoint(part));
  assert.deepEqual(view.now.pending.getInjectedMessages(point).map((message) => message.text), ["faster"]);
  await until(() => view.now.chat.status === "ready", "the end of the answer");
  assert.ok(texts(view.now.chat.messages.at(-1)).endsWith("199 "));
});

test("history first, then the live stream after it", async (t) => {
  const chat = agentChat("echo");
  await (await chat.sendMessage("one")).text();
  const load = server.createLoadTranscriptAction(defaultStorage);
  const view = await render(() => {
    const transport = useTriggerChatTransport(transportOptions("echo"));
    return { transport, ...useLoadTranscript(chat.id, load, { transport }) };
  }, t);
  await until(() => !view.now.isLoading, "the transcript");
  assert.deepEqual(view.now.messages.map(texts), ["one", "You said: one"]);
});

test("of two tabs one writes and the other reads along", async (t) => {
  const id = uid();
  const tab = () => {
    const transport = useTriggerChatTransport(transportOptions("slow", { multiTab: true }));
    const chat = useChat({ id, transport });
    return { transport, chat, ...useMultiTabChat(transport, id, chat.messages, chat.setMessages) };
  };
  const one = await render(tab, t);
  const two = await render(tab, t);
  t.after(() => [one, two].forEach((view) => view.now.transport.dispose()));
  const sending = one.now.chat.sendMessage({ text: "hold" });
  await until(() => two.now.isReadOnly && texts(two.now.chat.messages[1] ?? { parts: [] }).startsWith("0 1 2 "), "the answer in the second tab");
  await assert.rejects(() => two.now.transport.sendMessages({ trigger: "submit-message", chatId: id, messages: [] }), /another tab/i);
  await goOn(id);
  await sending;
  await until(() => !two.now.isReadOnly, "the second tab may write");
});
