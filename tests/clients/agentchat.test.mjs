// Rows 28 to 43 of the wire document's feature table: AgentChat, the server-side client.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runs, sessions } from "@trigger.dev/sdk";
import { AgentChat } from "@trigger.dev/sdk/chat";
import { agentChat, baseURL, call, goOn, heldFrom, uid, until } from "./server.mjs";

const say = async (chat, text) => (await chat.sendMessage(text)).text();

async function chunks(stream) {
  const all = [];
  for await (const chunk of stream) all.push(chunk);
  return all;
}

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
  const chat = agentChat("slow");
  const deltas = [];
  for await (const chunk of await chat.sendMessage("hold")) {
    if (chunk.type === "text-delta") deltas.push(chunk.delta);
    if (chunk.delta === "99 ") await goOn(chat.id); // Only now is the rest written.
  }
  assert.deepEqual(deltas, heldFrom(0));
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
  for await (const chunk of await chat.sendMessage("hold")) {
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

describe("AgentChat, the finer points", { concurrency: 8 }, () => {
  test("a preload twice starts one session and tells once", async () => {
    const told = [];
    const chat = agentChat("echo", { onTriggered: (event) => told.push(event) });
    await chat.preload();
    await chat.preload();
    assert.equal(await say(chat, "hi"), "You said: hi");
    assert.equal(told.length, 1);
    assert.equal((await call("GET", `/api/v1/sessions/${chat.id}/runs`)).json.data.length, 1);
  });

  test("client data reaches the boot payload and each turn", async () => {
    const chat = agentChat("context", { clientData: { user: "u1" } });
    const { metadata, bootMetadata, turn } = JSON.parse(await say(chat, "hi"));
    assert.deepEqual([metadata, bootMetadata, turn], [{ user: "u1" }, { user: "u1" }, 1]);
  });

  test("the trigger configuration is kept with the session and its run", async () => {
    const chat = agentChat("echo", { triggerConfig: { tags: ["vip"], idleTimeoutInSeconds: 90 } });
    await say(chat, "hi");
    const session = await sessions.retrieve(chat.id);
    assert.equal(session.triggerConfig.idleTimeoutInSeconds, 90);
    assert.ok(session.triggerConfig.tags.includes("vip"));
    assert.ok((await runs.retrieve(session.currentRunId)).tags.includes("vip"));
  });

  test("the end of a turn is told with the cursor that a later client starts from", async () => {
    const ends = [];
    const chat = agentChat("echo", { onTurnComplete: (event) => ends.push(event) });
    await say(chat, "one");
    await say(chat, "two");
    assert.equal(ends.length, 2);
    assert.equal(String(ends[1].lastEventId ?? chat.session.lastEventId), String(chat.session.lastEventId));
    assert.match(String(chat.session.lastEventId), /^\d+$/);
  });

  test("messages are snapshots that grow into the last one", async () => {
    let last;
    let count = 0;
    for await (const message of (await agentChat("tools").sendMessage("x")).messages()) {
      count++;
      last = message;
    }
    assert.ok(count > 2);
    assert.equal(last.parts.find((part) => part.type === "text").text, "Result: 42");
    assert.equal(last.parts.find((part) => part.type === "tool-lookup").state, "output-available");
  });

  test("a steered message is injected into the turn under way", async () => {
    const chat = agentChat("slow");
    let text = "";
    let steered;
    let injected;
    for await (const chunk of await chat.sendMessage("hold")) {
      if (chunk.type === "text-delta") text += chunk.delta;
      if (chunk.type === "data-pending-message-injected") injected = chunk.data.messages[0].text;
      if (!steered && text.length > 20) steered = chat.steer("left");
    }
    await steered;
    assert.equal(injected, "left");
    assert.ok(text.includes("[steer: left] ") && text.endsWith("199 "));
  });

  test("an answer is generated again", async () => {
    const chat = agentChat("echo");
    await say(chat, "hi");
    const text = (await chunks(await chat.sendRaw([], { trigger: "regenerate-message" }))).filter((chunk) => chunk.type === "text-delta").map((chunk) => chunk.delta).join("");
    assert.equal(text, "Again: hi");
  });

  test("files of a raw message reach the agent", async () => {
    const chat = agentChat("context");
    const message = { id: uid("u"), role: "user", parts: [{ type: "text", text: "see" }, { type: "file", mediaType: "text/plain", url: "data:text/plain,hello", filename: "a.txt" }] };
    const text = (await chunks(await chat.sendRaw([message]))).filter((chunk) => chunk.type === "text-delta").map((chunk) => chunk.delta).join("");
    assert.deepEqual(JSON.parse(text).fileParts.map((part) => [part.url, part.filename]), [["data:text/plain,hello", "a.txt"]]);
  });

  test("an approval is given on a slim message, and the answer keeps its id", async () => {
    const chat = agentChat("approval");
    let asked;
    for await (const message of (await chat.sendMessage("x@y.z")).messages()) asked = message;
    const part = asked.parts.find((one) => one.type === "tool-sendEmail");
    assert.equal(part.approval.id, "appr_1");
    const slim = { id: asked.id, role: "assistant", parts: [{ type: part.type, toolCallId: part.toolCallId, state: "approval-responded", approval: { id: part.approval.id, approved: true } }] };
    const reply = await chunks(await chat.sendRaw([slim]));
    assert.equal(reply.find((chunk) => chunk.type === "start").messageId, asked.id);
    assert.deepEqual(reply.find((chunk) => chunk.type === "tool-output-available").output, { sent: true });
    const { json } = await call("GET", `/api/v1/sessions/${chat.id}/transcript`);
    assert.equal(json.messages.length, 2);
  });

  test("an idle chat reconnects to nothing, at once", async () => {
    const chat = agentChat("echo");
    await say(chat, "hi");
    const before = Date.now();
    assert.deepEqual(await chunks(await new AgentChat({ agent: "echo", id: chat.id, baseURL, session: chat.session }).reconnect()), []);
    assert.ok(Date.now() - before < 30_000);
  });

  test("a reconnect at a cursor delivers exactly the rest", async () => {
    const chat = agentChat("slow");
    const first = (await chat.sendMessage("hold")).stream.getReader();
    for (let n = 0; n < 30; n++) await first.read();
    const list = (await call("GET", `/realtime/v1/sessions/${chat.id}/out/records`)).json.records;
    const at = list.find((record) => record.data?.delta === "10 ").seqNum;
    const rest = [];
    for await (const chunk of await new AgentChat({ agent: "slow", id: chat.id, baseURL, session: { lastEventId: String(at) } }).reconnect()) {
      if (chunk.type === "text-delta") rest.push(chunk.delta);
      if (chunk.delta === "99 ") await goOn(chat.id);
    }
    assert.deepEqual(rest, heldFrom(11));
    void first.cancel();
  });

  test("a continuation does not repeat the message of the boot", async () => {
    const chat = agentChat("idle");
    const one = JSON.parse(await say(chat, "one"));
    await until(async () => (await runs.retrieve(one.runId)).isCompleted, "the run's end");
    const two = JSON.parse(await say(chat, "two"));
    assert.deepEqual(two.userTexts, ["one", "two"]);
    await until(async () => (await runs.retrieve(two.runId)).isCompleted, "the second run's end");
    const ends = (await call("GET", `/realtime/v1/sessions/${chat.id}/out/records`)).json.records.filter((record) => record.headers?.some(([, value]) => value === "turn-complete"));
    assert.equal(ends.length, 2);
  });

  test("two instances of one chat take turns on one history", async () => {
    const one = agentChat("context");
    await say(one, "one");
    const two = new AgentChat({ agent: "context", id: one.id, baseURL, session: one.session });
    assert.deepEqual(JSON.parse(await say(two, "two")).userTexts, ["one", "two"]);
  });

  test("an upgrade swaps the run, in the order the records promise", async () => {
    const chat = agentChat("upgrade");
    assert.equal(await say(chat, "hello"), "v1: hello");
    assert.equal(await say(chat, "upgrade"), "v2: upgrade");
    const list = (await call("GET", `/realtime/v1/sessions/${chat.id}/out/records`)).json.records;
    const order = list.map((record) => record.headers?.[0]?.[1] ?? record.data?.type).filter((kind) => ["upgrade-required", "turn-complete", "start"].includes(kind));
    assert.deepEqual(order.slice(-3), ["upgrade-required", "start", "turn-complete"]);
    const rows = (await call("GET", `/api/v1/sessions/${chat.id}/runs`)).json.data;
    assert.deepEqual(rows.map((row) => row.reason), ["upgrade", "initial"]);
    assert.equal(rows[0].version, "v2");
  });

  test("a stop when nothing runs leaves the stream alone", async () => {
    const chat = agentChat("echo");
    await say(chat, "hi");
    await call("POST", `/realtime/v1/sessions/${chat.id}/in/append`, { body: { kind: "stop" } });
    assert.equal(await say(chat, "after"), "You said: after");
  });
});
