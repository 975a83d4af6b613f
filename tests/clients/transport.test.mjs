// Rows 38 and 44 to 59 of the wire document's feature table: TriggerChatTransport, the client of a browser page.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sessions } from "@trigger.dev/sdk";
import { chat as server } from "@trigger.dev/sdk/ai";
import { baseURL, call, goOn, heldFrom, numbers, uid, until, user } from "./server.mjs";
import { claims, deltas, read, sessionToken, submit, texts, transport } from "./transports.mjs";

const answer = async (client, id, text, options) => deltas(await read(await submit(client, id, text, options)));
const records = async (id, io) => (await call("GET", `/realtime/v1/sessions/${id}/${io}/records`)).json.records;
const boundaries = (list) => list.filter((record) => record.headers?.some(([, value]) => value === "turn-complete"));

describe("the browser transport", { concurrency: 8 }, () => {
  test("preload and a first send share one start", async () => {
    const { client, seen } = transport("echo");
    const id = uid();
    const [, , text] = await Promise.all([client.preload(id), client.preload(id), answer(client, id, "hi")]);
    assert.equal(text, "You said: hi");
    assert.equal(seen.starts, 1);
    assert.equal((await call("GET", `/api/v1/sessions/${id}/runs`)).json.data.length, 1);
  });

  test("the start action's tags, token lifetime and trigger configuration arrive", async () => {
    const id = uid();
    const start = server.createStartSessionAction("echo", { tokenTTL: "10m", triggerConfig: { tags: ["a", "b"], maxAttempts: 2, queue: "q" } });
    const { publicAccessToken } = await start({ chatId: id });
    const { exp, iat } = claims(publicAccessToken);
    // The one is reckoned by the client, the other by the server, each in whole seconds.
    assert.ok(exp - iat <= 600 && exp - iat > 570, `${exp - iat} s`);
    const { triggerConfig } = await sessions.retrieve(id);
    assert.deepEqual(triggerConfig.tags, [`chat:${id}`, "a", "b"]);
    assert.deepEqual([triggerConfig.maxAttempts, triggerConfig.queue], [2, "q"]);
  });

  test("a token of another session is exchanged once, on append and on the stream", async () => {
    const id = uid();
    const other = uid();
    await transport("echo").client.preload(id);
    await transport("echo").client.preload(other);
    const { client, seen } = transport("echo", { sessions: { [id]: { publicAccessToken: await sessionToken(other) } } });
    assert.equal(await answer(client, id, "hi"), "You said: hi");
    assert.equal(seen.tokens, 1);

    const reader = transport("echo", { sessions: { [id]: { publicAccessToken: await sessionToken(other), isStreaming: true } } });
    await read(await reader.client.reconnectToStream({ chatId: id }));
    assert.equal(reader.seen.tokens, 1);
  });

  test("a session the server does not know is started again", async () => {
    const id = uid();
    const { client, seen } = transport("echo", { sessions: { [id]: { publicAccessToken: await sessionToken(id), lastEventId: "41" } } });
    assert.equal(await answer(client, id, "hi"), "You said: hi");
    assert.equal(seen.starts, 1);
  });

  test("client data of the transport and of one send are merged, turn by turn", async () => {
    const { client } = transport("context", { clientData: { plan: "free", theme: "dark" } });
    const id = uid();
    const first = JSON.parse(await answer(client, id, "one", { metadata: { plan: "pro" } }));
    assert.deepEqual(first.metadata, { plan: "pro", theme: "dark" });
    assert.deepEqual(first.bootMetadata, { plan: "free", theme: "dark" });
    client.setClientData({ plan: "team" });
    assert.deepEqual(JSON.parse(await answer(client, id, "two")).metadata, { plan: "team" });
  });

  test("a reader at an exact cursor misses nothing and repeats nothing", async () => {
    const id = uid();
    const writer = transport("slow").client;
    const stream = await submit(writer, id, "hold");
    await read(stream, { limit: 50 });
    const list = await until(async () => { const all = await records(id, "out"); return all.length > 60 && all; }, "60 records");
    const at = list.find((record) => record.data?.delta === "30 ").seqNum;
    const reader = transport("slow", { sessions: { [id]: { publicAccessToken: await sessionToken(id), lastEventId: String(at), isStreaming: true } } });
    const rest = await read(await reader.client.reconnectToStream({ chatId: id }), { each: (chunk) => chunk.delta === "99 " && void goOn(id) });
    assert.equal(deltas(rest), heldFrom(31).join(""));
    writer.dispose();
  });

  test("two cut connections leave the text whole", async () => {
    let cuts = 0;
    const cutting = async (url, init, { endpoint }) => {
      const response = await fetch(url, init);
      if (endpoint !== "out" || cuts === 2) return response;
      cuts++;
      let bytes = 0;
      const body = response.body.pipeThrough(new TransformStream({
        transform(chunk, controller) {
          bytes += chunk.length;
          if (bytes > 1500) controller.error(new TypeError("connection cut"));
          else controller.enqueue(chunk);
        },
      }));
      return new Response(body, { status: response.status, headers: response.headers });
    };
    const { client } = transport("slow", { fetch: cutting });
    assert.equal(await answer(client, uid(), "go"), numbers(0, 200).join(""));
    assert.equal(cuts, 2);
  });

  test("a request that is sent twice stores one message", async () => {
    const twice = async (url, init, { endpoint }) => {
      if (endpoint !== "in") return fetch(url, init);
      const [one, two] = await Promise.all([fetch(url, init), fetch(url, init)]);
      assert.equal((await one.json()).seq, (await two.clone().json()).seq);
      return two;
    };
    const { client } = transport("echo", { fetch: twice });
    const id = uid();
    assert.equal(await answer(client, id, "once"), "You said: once");
    assert.equal(await answer(client, id, "again"), "You said: again");
    assert.equal((await records(id, "in")).length, 2);
    assert.equal(boundaries(await records(id, "out")).length, 2);
  });

  test("a stop when nothing runs is consumed and writes nothing", async () => {
    const { client } = transport("echo");
    const id = uid();
    await answer(client, id, "hi");
    await client.stopGeneration(id);
    assert.equal(await answer(client, id, "after"), "You said: after");
    assert.equal(boundaries(await records(id, "out")).length, 2);
  });

  test("a stop after a reload ends the turn, and the boundary claims no later message", async () => {
    const id = uid();
    const first = transport("slow");
    await read(await submit(first.client, id, "hold"), { limit: 12 });
    const saved = first.client.getSession(id);
    first.client.dispose();
    const second = transport("slow", { sessions: { [id]: saved } });
    let stopped;
    const chunks = await read(await second.client.reconnectToStream({ chatId: id }), { each: (_, n) => n === 12 && (stopped = second.client.stopGeneration(id)) });
    assert.equal(await stopped, true);
    assert.ok(!deltas(chunks).includes("199"));
    // The client that stops does not wait for the turn's end.
    const boundary = await until(async () => boundaries(await records(id, "out"))[0], "the boundary");
    const headers = Object.fromEntries(boundary.headers);
    const stop = (await records(id, "in")).find((record) => JSON.parse(record.data).kind === "stop");
    assert.ok(Number(headers["session-in-event-id"]) <= stop.seqNum);
    assert.equal((await read(await submit(second.client, id, "next"), { limit: 4 }))[0].type, "start");
    await second.client.stopGeneration(id);
  });

  test("a message during a turn is injected into it", async () => {
    const { client } = transport("slow");
    const id = uid();
    const note = user("faster");
    const chunks = await read(await submit(client, id, "hold"), { each: (_, n) => n === 20 && void client.sendPendingMessage(id, note) });
    const injected = chunks.find((chunk) => chunk.type === "data-pending-message-injected");
    assert.deepEqual(injected.data, { messageIds: [note.id], messages: [{ id: note.id, text: "faster" }] });
    assert.ok(deltas(chunks).includes("[steer: faster] "));
    assert.ok(deltas(chunks).endsWith("199 "));
    assert.equal(boundaries(await records(id, "out")).length, 1);
  });

  test("an action that answers streams like a turn and settles", async () => {
    const { client } = transport("echo");
    const id = uid();
    await answer(client, id, "hi");
    const settled = [];
    const chunks = await read(await client.sendAction(id, { type: "say", text: "yo" }, { onSettled: (event) => settled.push(event) }));
    assert.equal(deltas(chunks), "Action: yo");
    assert.equal(settled.length, 1);
  });

  test("an action as the first thing in a chat boots its run", async () => {
    const { client } = transport("echo");
    const id = uid();
    await client.preload(id);
    assert.equal(deltas(await read(await client.sendAction(id, { type: "say", text: "first" }))), "Action: first");
  });

  test("an answer is matched to its message past the answers of others", async () => {
    const id = uid();
    const { client } = transport("echo");
    await client.preload(id);
    const stale = transport("echo", { sessions: { [id]: { publicAccessToken: await sessionToken(id), lastEventId: undefined } } });
    await answer(client, id, "one");
    await answer(client, id, "two");
    assert.ok((await answer(stale.client, id, "three")).endsWith("You said: three"));
  });

  test("a chat that was closed from outside refuses and says so", async () => {
    const { client, seen } = transport("echo");
    const id = uid();
    await answer(client, id, "hi");
    await sessions.close(id, { reason: "archived" });
    const before = Date.now();
    await assert.rejects(submit(client, id, "late"), (error) => error.status === 409 && error.code === "session_closed");
    assert.ok(Date.now() - before < 30_000, "a terminal conflict is not tried again");
    assert.equal(client.sessionStatus(id), "closed");
    assert.equal(client.sessionClosedReason(id), "archived");
    assert.ok(seen.events.some((event) => event.type === "session-closed" && event.source === "append"));
  });

  test("events tell a turn from its send to its end", async () => {
    const { client, seen } = transport("echo");
    const id = uid();
    await answer(client, id, "hi");
    const types = seen.events.map((event) => event.type);
    for (const type of ["message-sent", "stream-connected", "first-chunk", "turn-completed"]) assert.ok(types.includes(type), `${type} in ${types}`);
    assert.ok(types.indexOf("first-chunk") < types.indexOf("turn-completed"));
    assert.ok(!types.includes("stream-error"));
  });

  test("an upgrade is answered by the successor on the same stream", async () => {
    const { client } = transport("upgrade");
    const id = uid();
    assert.equal(await answer(client, id, "hello"), "v1: hello");
    assert.equal(await answer(client, id, "upgrade"), "v2: upgrade");
    assert.equal(await answer(client, id, "hello"), "v2: hello");
    const rows = (await call("GET", `/api/v1/sessions/${id}/runs`)).json.data;
    assert.deepEqual(rows.map((row) => row.reason), ["upgrade", "initial"]);
  });

  test("a regenerated answer replaces the last one in the history", async () => {
    const { client } = transport("echo");
    const id = uid();
    const message = user("hi");
    await answer(client, id, message);
    await answer(client, id, [], { trigger: "regenerate-message", messages: [message] });
    const { messages } = await until(async () => {
      const { json } = await call("GET", `/api/v1/sessions/${id}/transcript`);
      return json.messages.length === 2 && texts(json.messages[1]).startsWith("Again") && json;
    }, "the regenerated transcript");
    assert.deepEqual(messages.map(texts), ["hi", "Again: hi"]);
  });

  test("a viewer may read and not write", async () => {
    const id = uid();
    await transport("echo").client.preload(id);
    const token = await server.createWatchToken(id);
    const refused = await call("POST", `/realtime/v1/sessions/${id}/in/append`, { token, body: { kind: "stop" } });
    assert.equal(refused.status, 403);
    assert.equal((await fetch(`${baseURL}/realtime/v1/sessions/${id}/out/records`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  });
});
