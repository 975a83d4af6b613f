// Rows 64 and 65 of the wire document's feature table: head start, direct writes into the streams, and the calls of a worker.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { runs, sessions } from "@trigger.dev/sdk";
import { chat as warm } from "@trigger.dev/sdk/chat-server";
import { chat as server, defaultStorage } from "@trigger.dev/sdk/ai";
import { jsonSchema, simulateReadableStream, streamText, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { agentChat, baseURL, call, uid, until, user } from "./server.mjs";
import { deltas, MemoryChat, read, sessionToken, submit, texts, transport } from "./transports.mjs";

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const tools = { lookup: tool({ description: "looks up", inputSchema: jsonSchema({ type: "object", properties: { q: { type: "string" } } }) }) };

/** A model that says "Step one." in two pieces, slowly if asked, then calls a tool or breaks if asked. */
const model = ({ calls = false, fails = false, delay = 5 } = {}) => new MockLanguageModelV3({
  doStream: async () => {
    if (fails) throw new Error("the model is away");
    return {
      stream: simulateReadableStream({
        chunkDelayInMs: delay,
        chunks: [
          { type: "stream-start", warnings: [] },
          { type: "text-start", id: "t" },
          { type: "text-delta", id: "t", delta: "Step " },
          { type: "text-delta", id: "t", delta: "one." },
          { type: "text-end", id: "t" },
          ...(calls ? [{ type: "tool-call", toolCallId: "call_1", toolName: "lookup", input: '{"q":"x"}' }] : []),
          { type: "finish", finishReason: { unified: calls ? "tool-calls" : "stop", raw: undefined }, usage },
        ],
      }),
    };
  },
});

/** A customer's web server whose one route answers first turns itself. */
async function warmServer(t, options) {
  const handler = warm.headStart({ agentId: "handover", run: async ({ streamText: stream }) => stream({ model: model(options), tools }) });
  const http = createServer(warm.toNodeListener(handler));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => (http.closeAllConnections(), http.close()));
  return `http://127.0.0.1:${http.address().port}/chat`;
}

const records = async (id, io = "out") => (await call("GET", `/realtime/v1/sessions/${encodeURIComponent(id)}/${io}/records`)).json.records;
const ended = (list) => list.some((record) => record.headers?.some(([, value]) => value === "turn-complete"));

describe("head start", { concurrency: 6 }, () => {
  test("a viewer who joins during step one sees the whole turn", async (t) => {
    const url = await warmServer(t, { calls: true, delay: 60 });
    const { client } = transport("handover", { headStart: url });
    const id = uid();
    const mine = submit(client, id, "hi").then((stream) => read(stream));
    await until(async () => (await call("GET", `/api/v1/sessions/${id}`)).status === 200, "the session");
    const viewer = transport("handover", { sessions: { [id]: { publicAccessToken: await sessionToken(id), isStreaming: true } } });
    assert.equal(deltas(await read(await viewer.client.reconnectToStream({ chatId: id }))), "Step one.Step two.");
    assert.equal(deltas(await mine), "Step one.Step two.");
  });

  test("the records of both steps are one message, with one boundary", async (t) => {
    const url = await warmServer(t, { calls: true });
    const { client } = transport("handover", { headStart: url });
    const id = uid();
    await read(await submit(client, id, "hi"));
    const list = await until(async () => { const all = await records(id); return ended(all) && all; }, "the boundary");
    assert.equal(list.filter((record) => record.data?.type === "start").length, 1);
    assert.equal(list.filter((record) => record.headers?.some(([, value]) => value === "turn-complete")).length, 1);
    assert.deepEqual(list.map((record) => record.seqNum), list.map((_, index) => index));
  });

  test("the partial answer of a final handover is in the transcript", async (t) => {
    const url = await warmServer(t);
    const { client } = transport("handover", { headStart: url });
    const id = uid();
    const view = new MemoryChat({ id, transport: client });
    await view.sendMessage({ text: "hi" });
    const load = server.createLoadTranscriptAction(defaultStorage);
    const { messages } = await until(async () => { const page = await load({ chatId: id }); return page.messages.length === 2 && page; }, "the transcript");
    assert.deepEqual(messages.map(texts), ["hi", "Step one."]);
  });

  test("a first step that fails leaves no run waiting and the chat usable", async (t) => {
    const url = await warmServer(t, { fails: true });
    const { client } = transport("handover", { headStart: url });
    const id = uid();
    const view = new MemoryChat({ id, transport: client, onError: () => {} });
    await view.sendMessage({ text: "hi" });
    const [run] = (await call("GET", `/api/v1/sessions/${id}/runs`)).json.data;
    await until(async () => { const state = await runs.retrieve(run.id ?? run.runId); return state.isCompleted || state.isCancelled; }, "the end of the parked run");
    assert.equal(await (await agentChat("handover", { id }).sendMessage("again")).text(), "You said: again");
  });

  test("a detached head start of plain text ends with a boundary", async () => {
    const chatId = uid();
    const { completion } = await warm.startHeadStart({
      agentId: "handover",
      chatId,
      messages: [user("hi")],
      run: async ({ chat }) => streamText({ ...chat.toStreamTextOptions({ tools }), model: model() }),
    });
    await completion;
    const list = await until(async () => { const all = await records(chatId); return ended(all) && all; }, "the boundary");
    assert.equal(deltas(list.map((record) => record.data).filter((data) => data?.type)), "Step one.");
  });
});

describe("direct writes", { concurrency: 6 }, () => {
  test("append, pipe and writer store in order and are read back", async () => {
    const id = uid();
    await agentChat("echo", { id }).preload();
    const { out } = sessions.open(id);
    await out.append({ type: "data-note", data: 1 });
    const { waitUntilComplete } = out.pipe(ReadableStream.from([{ type: "data-note", data: 2 }, { type: "data-note", data: 3 }]));
    await waitUntilComplete();
    const writer = out.writer({ execute: ({ write }) => { write({ type: "data-note", data: 4 }); } });
    await writer.waitUntilComplete();
    assert.deepEqual((await records(id)).map((record) => record.data.data), [1, 2, 3, 4]);
    assert.deepEqual((await records(id)).map((record) => record.seqNum), [0, 1, 2, 3]);
  });

  test("a side channel has streams of its own and wakes no run", async () => {
    const id = uid();
    const chat = agentChat("echo", { id });
    await (await chat.sendMessage("hi")).text();
    const side = sessions.open(id).channel("tools");
    await side.in.send({ ping: 1 });
    await side.out.append({ pong: 1 });
    const path = `/realtime/v1/sessions/${id}/channels/tools`;
    assert.deepEqual((await call("GET", `${path}/in/records`)).json.records.map((record) => JSON.parse(record.data)), [{ ping: 1 }]);
    assert.deepEqual((await call("GET", `${path}/out/records`)).json.records.map((record) => record.data), [{ pong: 1 }]);
    assert.equal((await records(id, "in")).length, 1);
    assert.equal(await (await chat.sendMessage("more")).text(), "You said: more");
  });

  test("a reader of out hears control records", async () => {
    const id = uid();
    const chat = agentChat("echo", { id });
    await (await chat.sendMessage("hi")).text();
    const controls = [];
    const stop = new AbortController();
    const stream = await sessions.open(id).out.read({ signal: stop.signal, onControl: (event) => (controls.push(event.subtype), stop.abort()) });
    try {
      for await (const chunk of stream) assert.ok(chunk.type);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    assert.deepEqual(controls, ["turn-complete"]);
  });

  test("records trimmed away stay away, and numbers go on", async () => {
    const id = uid();
    await agentChat("echo", { id }).preload();
    const { out } = sessions.open(id);
    for (let data = 0; data < 5; data++) await out.append({ type: "data-note", data });
    await out.trimTo(3);
    await out.append({ type: "data-note", data: 9 });
    const list = await until(async () => { const all = await records(id); return all[0]?.seqNum === 3 && all; }, "the trim");
    assert.deepEqual(list.filter((record) => record.data).map((record) => record.data.data), [3, 4, 9]);
  });
});

describe("calls of a worker", { concurrency: 6 }, () => {
  test("a snapshot is uploaded without a credential and read back the same way", async () => {
    const id = uid();
    await agentChat("echo", { id }).preload();
    const { json: { presignedUrl: upload } } = await call("PUT", `/api/v1/sessions/${id}/snapshot-url`);
    const snapshot = { version: 1, savedAt: 1, messages: [{ id: "m1", role: "user", parts: [{ type: "text", text: "kept" }] }] };
    const put = await fetch(upload, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(snapshot) });
    assert.ok(put.ok, `${put.status}`);
    const { messages } = await server.createLoadTranscriptAction(defaultStorage)({ chatId: id });
    assert.deepEqual(messages.map(texts), ["kept"]);
    const forged = new URL(upload);
    forged.search = forged.search.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    assert.ok([401, 403, 404].includes((await fetch(forged, { method: "PUT", body: "{}" })).status));
  });

  test("a run token reads its run, and only that", async () => {
    const chat = agentChat("echo");
    await (await chat.sendMessage("hi")).text();
    const other = agentChat("echo");
    await (await other.sendMessage("hi")).text();
    const boundary = (await records(chat.id)).find((record) => record.headers);
    const { "public-access-token": token } = Object.fromEntries(boundary.headers);
    const mine = (await sessions.retrieve(chat.id)).currentRunId;
    const theirs = (await sessions.retrieve(other.id)).currentRunId;
    assert.equal((await call("GET", `/api/v3/runs/${mine}`, { token })).status, 200);
    assert.equal((await call("GET", `/api/v3/runs/${theirs}`, { token })).status, 403);
    assert.equal((await call("POST", `/api/v2/runs/${mine}/cancel`, { token })).status, 403);
  });

  test("of many who swap the run one wins, and all learn who", async () => {
    const id = uid();
    const { runId } = await sessions.start({ type: "chat.agent", externalId: id, taskIdentifier: "echo", triggerConfig: { basePayload: { chatId: id, trigger: "preload" } } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", `/api/v1/sessions/${id}/end-and-continue`, { body: { callingRunId: runId, reason: "upgrade" } })));
    assert.equal(answers.filter((answer) => answer.json.swapped).length, 1);
    assert.equal(new Set(answers.map((answer) => answer.json.runId)).size, 1);
  });
});
