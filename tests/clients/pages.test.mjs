// What the scripts of the pages do without a browser: the page's own modules, over a server that the test plays.
import { test } from "node:test";
import assert from "node:assert/strict";
import { build } from "esbuild";

const scripts = new URL("../../src/AgentSessions.Pages/wwwroot/", import.meta.url).pathname;

/** A module of the pages. */
async function script(path) {
  const { outputFiles } = await build({ entryPoints: [scripts + path], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { newUuid } = await script("shared/ids.js");
const { describe } = await script("console/records.js");
const { Chat } = await script("chat/chat.js");

/** A server whose calls can be replaced. */
const serverOf = (calls) => ({
  noHistory: { messages: [], lastOutEventId: -1, lastInEventId: -1 },
  row: async () => null,
  history: async () => ({ messages: [], lastOutEventId: -1, lastInEventId: -1 }),
  inputs: async () => [],
  outUrl: () => "http://127.0.0.1:1/out",
  credential: async () => ({}),
  start: async () => {},
  append: async () => 0,
  ...calls,
});

test("ids are random UUIDs of version 4", () => {
  const ids = Array.from({ length: 1000 }, newUuid);
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("whatever a client appends has a line in the console", () => {
  const inputs = [
    { kind: "message", payload: { message: { id: "x", role: "user", parts: [null] } } },
    { kind: "message", payload: { message: { id: "x", role: "user", parts: 5 } } },
    { kind: "message", payload: { message: { id: "x", role: "user", parts: [{ type: 5 }, { type: "text" }, { type: "text", text: "words" }, { toolCallId: "c" }] } } },
    { kind: "message", payload: { trigger: { toString: 5 }, message: 5 } },
    { kind: { a: 1 }, message: [null] },
    [null], null, 5,
  ];
  for (const input of inputs) {
    const record = { seq_num: 0, timestamp: 0, body: JSON.stringify({ data: JSON.stringify(input), id: "i" }) };
    const { kind, text } = describe("in", record);
    assert.equal(typeof kind, "string");
    assert.equal(typeof text, "string");
  }
  for (const body of ["", "null", "not json", '{"data":[]}', '{"data":{"type":5,"delta":{"toString":5}}}']) assert.equal(typeof describe("out", { seq_num: 0, timestamp: 0, body }).kind, "string");
});

test("a chat that cannot be loaded is asked for until it can, and what is sent meanwhile waits", async () => {
  let refusals = 1;
  const sent = [];
  const server = serverOf({
    row: async () => {
      if (refusals-- > 0) throw new Error("The server cannot be reached.");
      return { taskIdentifier: "echo" };
    },
    history: async () => ({ messages: [{ id: "m0", role: "user", parts: [] }], lastOutEventId: -1, lastInEventId: 0 }),
    append: async (_, record) => sent.push([record, chat.isLoaded]),
  });
  const chat = new Chat("page", "", server);
  const states = new Set();
  chat.addEventListener("change", () => states.add(chat.connection));
  const opening = chat.open(false);
  const sending = chat.send([{ type: "text", text: "hi" }]);
  await opening;
  await sending;
  assert.deepEqual(chat.messages.map(({ id }) => id), ["m0"]);
  assert.deepEqual(sent.map(([, wasLoaded]) => wasLoaded), [true]);
  assert.ok(states.has("waiting"));
  chat.close();
});

test("a chat that is refused is not asked for again", async () => {
  const refused = Object.assign(new Error("Unauthorized"), { status: 401 });
  const chat = new Chat("page", "", serverOf({ row: async () => Promise.reject(refused) }));
  await assert.rejects(chat.open(false), refused);
  chat.close();
});

test("after a stop that failed another one can be tried", async () => {
  const chat = new Chat("page", "", serverOf({ append: async () => Promise.reject(new Error("down")) }));
  await chat.open(true);
  await assert.rejects(chat.stop());
  assert.equal(chat.isStopping, false);
  chat.close();
});
