// What the scripts of the pages do without a browser: the page's own modules.
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
