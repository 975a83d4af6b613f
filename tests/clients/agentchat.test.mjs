// Rows 28 to 43 of the wire document's feature table: AgentChat, the server-side client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runs, sessions } from "@trigger.dev/sdk";
import { AgentChat } from "@trigger.dev/sdk/chat";
import { agentChat, baseURL, uid, until } from "./server.mjs";

const say = async (chat, text) => (await chat.sendMessage(text)).text();

test("a conversation: send and text", async () => {
  assert.equal(await say(agentChat("echo"), "hello"), "You said: hello");
});

test("several turns share one run and one history", async () => {
  const chat = agentChat("context");
  const first = JSON.parse(await say(chat, "one"));
  const second = JSON.parse(await say(chat, "two"));
  assert.deepEqual(second.userTexts, ["one", "two"]);
  assert.equal(second.runId, first.runId);
  assert.equal(second.turn, 2);
});

test("chunks arrive one by one, not at the end", async () => {
  const stamps = [];
  for await (const chunk of await agentChat("slow").sendMessage("go")) {
    if (chunk.type === "text-delta") stamps.push(Date.now());
    if (stamps.length === 40) break;
  }
  assert.equal(stamps.length, 40);
  assert.ok(stamps.at(-1) - stamps[0] > 200, `40 deltas took ${stamps.at(-1) - stamps[0]} ms`);
});

test("tool calls and results are read from the stream", async () => {
  const { text, toolCalls, toolResults } = await (await agentChat("tools").sendMessage("weather")).result();
  assert.equal(text, "Result: 42");
  assert.deepEqual(toolCalls.map((call) => [call.toolName, call.input]), [["lookup", { query: "weather" }]]);
  assert.deepEqual(toolResults.map((result) => result.output), [{ answer: 42 }]);
});

test("preload boots the run that answers", async () => {
  let triggered;
  const chat = agentChat("context", { onTriggered: (event) => (triggered = event.runId) });
  await chat.preload();
  const answer = JSON.parse(await say(chat, "hi"));
  assert.equal(answer.runId, triggered);
});

test("a restored cursor resumes after the last turn", async () => {
  const first = agentChat("echo");
  await say(first, "one");
  const second = new AgentChat({ agent: "echo", id: first.id, baseURL, session: first.session });
  assert.equal(await say(second, "two"), "You said: two");
});

test("stop ends the turn early and the next one is clean", async () => {
  const chat = agentChat("slow");
  let text = "";
  for await (const chunk of await chat.sendMessage("go")) {
    if (chunk.type === "text-delta") {
      text += chunk.delta;
      if (text.startsWith("0 1 2 ") && !text.includes("5 ")) await chat.stop();
    }
  }
  assert.ok(!text.includes("199"), "the whole answer came");
});

test("a message during a turn gets its own turn, in order", async () => {
  const chat = agentChat("pause");
  const first = await chat.sendMessage("one");
  await chat.steer("two");
  assert.equal(await first.text(), "before after");
});

test("close ends the run, the next message continues the history", async () => {
  const chat = agentChat("context");
  const before = JSON.parse(await say(chat, "one"));
  await chat.close();
  await until(async () => (await runs.retrieve(before.runId)).isCompleted, "the run's end");
  const again = new AgentChat({ agent: "context", id: chat.id, baseURL, session: chat.session });
  const after = JSON.parse(await say(again, "two"));
  assert.notEqual(after.runId, before.runId);
  assert.equal(after.continuation, true);
  assert.deepEqual(after.userTexts, ["one", "two"]);
});

test("a failed turn is told and the chat goes on", async () => {
  const chat = agentChat("fail");
  const errors = [];
  for await (const chunk of await chat.sendMessage("now")) if (chunk.type === "error") errors.push(chunk.errorText);
  assert.deepEqual(errors, ["boom: now"]);
  assert.equal(await say(chat, "ok"), "recovered");
});

test("a record of 300 KB and any Unicode pass", async () => {
  const text = await say(agentChat("big"), "300000");
  assert.equal(text.length, 300000);
  assert.equal(await say(agentChat("echo"), "né 你好 👩‍👩‍👧"), "You said: né 你好 👩‍👩‍👧");
});

test("thirty chats at once each get their own answer", async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => say(agentChat("echo"), `m${i}`)));
  assert.deepEqual(answers, Array.from({ length: 30 }, (_, i) => `You said: m${i}`));
});

test("a closed session refuses and says why", async () => {
  const chat = agentChat("echo");
  await say(chat, "hi");
  await sessions.close(chat.id, { reason: "done" });
  await assert.rejects(chat.sendMessage("more"), /closed|409/i);
  assert.equal((await sessions.retrieve(chat.id)).closedReason, "done");
});

test("an odd chat id addresses one session", async () => {
  for (const id of ["a/b", "a:b", "über?x=1&y", "with space", "%2F", "日本"].map((part) => `${part}-${uid()}`)) {
    const chat = new AgentChat({ agent: "echo", id, baseURL });
    assert.equal(await say(chat, id), `You said: ${id}`);
    assert.equal((await sessions.retrieve(id)).externalId, id);
  }
});
