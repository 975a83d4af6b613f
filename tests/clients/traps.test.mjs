// Section 14 of the wire document: what the published clients get wrong or read differently, seen from their side.
// The traps of the server alone are tested beside its code, by the same numbers.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runs } from "@trigger.dev/sdk";
import { AgentChat } from "@trigger.dev/sdk/chat";
import { agentChat, baseURL, call, uid, until } from "./server.mjs";
import { MemoryChat, read, submit, texts, transport } from "./transports.mjs";

const say = async (chat, text) => (await chat.sendMessage(text)).text();
const records = async (id, io) => (await call("GET", `/realtime/v1/sessions/${id}/${io}/records`)).json.records;

describe("traps", { concurrency: 8 }, () => {
  test("trap 3: records come in batches of version v2", async () => {
    const chat = agentChat("echo");
    await say(chat, "hi");
    const response = await fetch(`${baseURL}/realtime/v1/sessions/${chat.id}/out`, {
      headers: { authorization: `Bearer ${process.env.SECRET_KEY}`, "x-peek-settled": "1" },
    });
    assert.equal(response.headers.get("x-stream-version"), "v2");
    const text = await response.text();
    assert.match(text, /^id: .+\nevent: batch\ndata: \{"records":\[/m);
    assert.match(text, /\ndata: \[DONE\]\n\n$/);
  });

  test("trap 10: what clients only mention does not exist", async () => {
    const { status, json } = await call("POST", "/api/v1/sessions/none/start-token", { body: {} });
    assert.equal(status, 404);
    assert.equal(typeof json.error, "string");
  });

  test("trap 13: a stop when nothing runs writes nothing, so other readers lose no turn", async () => {
    const chat = agentChat("echo");
    await say(chat, "hi");
    const tail = (await records(chat.id, "out")).length;
    await chat.stop();
    const second = new AgentChat({ agent: "echo", id: chat.id, baseURL, session: chat.session });
    assert.equal(await say(second, "two"), "You said: two");
    const added = (await records(chat.id, "out")).slice(tail).filter((record) => record.headers);
    assert.equal(added.length, 1, "one boundary, that of the second message");
  });

  test("trap 14: a client with neither session nor cursor reads what is kept, up to its first boundary", async () => {
    const chat = agentChat("echo");
    await say(chat, "one");
    const answer = await say(new AgentChat({ agent: "echo", id: chat.id, baseURL }), "two");
    assert.ok(["You said: one", ""].includes(answer), `the first turn, or only its boundary when it is trimmed by then: ${answer}`);
  });

  test("trap 15: a steered message that was not injected has a turn of its own", async () => {
    const chat = agentChat("pause");
    const first = await chat.sendMessage("one");
    await chat.steer("two");
    await first.text();
    const ends = await until(async () => {
      const list = (await records(chat.id, "out")).filter((record) => record.headers?.some(([, value]) => value === "turn-complete"));
      return list.length === 2 && list;
    }, "two boundaries");
    assert.deepEqual(ends.map((record) => Object.fromEntries(record.headers)["session-in-event-id"]), ["0", "1"]);
  });

  test("trap 16: a close after a cancelled run leaves no run behind", async () => {
    const chat = agentChat("context");
    const { runId } = JSON.parse(await say(chat, "one"));
    await runs.cancel(runId);
    await chat.close();
    await until(async () => {
      const rows = (await call("GET", `/api/v1/sessions/${chat.id}/runs`)).json.data;
      const states = await Promise.all(rows.map((row) => runs.retrieve(row.id ?? row.runId)));
      return states.every((state) => state.isCompleted || state.isCancelled);
    }, "no live run");
  });

  test("trap 17: the answer of an action continues the last message of the page", async () => {
    const { client } = transport("echo");
    const view = new MemoryChat({ id: uid(), transport: client });
    await view.sendMessage({ text: "hi" });
    await view.sendMessage(undefined, { body: { action: { type: "say", text: "act" } } });
    assert.equal(texts(view.messages.at(-1)), "You said: hiAction: act");
  });

  test("trap 22: sequence number zero is a number", async () => {
    const { client } = transport("echo");
    const id = uid();
    await read(await submit(client, id, "hi"));
    const boundary = (await records(id, "out")).find((record) => record.headers);
    assert.equal(Object.fromEntries(boundary.headers)["session-in-event-id"], "0");
  });
});
