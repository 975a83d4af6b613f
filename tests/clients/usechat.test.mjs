// Row 60 of the wire document's feature table: useChat's core over the transport, without React.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sessions } from "@trigger.dev/sdk";
import { lastAssistantMessageIsCompleteWithApprovalResponses } from "ai";
import { readFile } from "node:fs/promises";
import { call, goOn, uid, until } from "./server.mjs";
import { MemoryChat, sessionToken, texts, transport } from "./transports.mjs";

const chat = (agent, options = {}) => new MemoryChat({ id: uid(), transport: transport(agent).client, ...options });
const approvals = { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses };

describe("useChat", { concurrency: 8 }, () => {
  test("answers again in place", async () => {
    const view = chat("echo");
    await view.sendMessage({ text: "hi" });
    await view.regenerate();
    assert.deepEqual(view.messages.map(texts), ["hi", "Again: hi"]);
  });

  test("resumes an answer under way as one message", async () => {
    const id = uid();
    const first = transport("slow");
    const view = new MemoryChat({ id, transport: first.client });
    void view.sendMessage({ text: "hold" });
    await until(() => view.messages.length === 2 && texts(view.messages[1]).length > 60, "some text");
    const saved = first.client.getSession(id);
    first.client.dispose();

    const reloaded = new MemoryChat({ id, transport: transport("slow", { sessions: { [id]: saved } }).client, messages: [view.messages[0]] });
    const resumed = reloaded.resumeStream();
    await until(() => texts(reloaded.messages[1] ?? { parts: [] }).endsWith("99 "), "the answer so far");
    await goOn(id);
    await resumed;
    assert.equal(reloaded.messages.length, 2);
    assert.ok(texts(reloaded.messages[1]).startsWith("0 1 2 ") && texts(reloaded.messages[1]).endsWith("199 "));
  });

  for (const [approved, text, state] of [[true, "Email sent.", "output-available"], [false, "Not sent.", "output-denied"]]) {
    test(`an approval that is ${approved ? "given" : "refused"} goes on in the same message`, async () => {
      const view = chat("approval", approvals);
      await view.sendMessage({ text: "x@y.z" });
      const part = view.messages[1].parts.find((one) => one.type === "tool-sendEmail");
      assert.equal(part.state, "approval-requested");
      await view.addToolApprovalResponse({ id: part.approval.id, approved });
      await until(() => view.status === "ready" && texts(view.messages[1]) === text, "the answer after the decision");
      assert.equal(view.messages.length, 2);
      assert.equal(view.messages[1].parts.find((one) => one.type === "tool-sendEmail").state, state);
    });
  }

  test("says that a session was closed", async () => {
    const errors = [];
    const view = chat("echo", { onError: (error) => errors.push(error) });
    await view.sendMessage({ text: "hi" });
    await sessions.close(view.id);
    await view.sendMessage({ text: "late" });
    assert.equal(view.status, "error");
    assert.equal(errors[0].code, "session_closed");
  });

  test("a picture of a message reaches the agent", async () => {
    const view = chat("context");
    const url = `data:image/png;base64,${(await readFile(new URL("picture.png", import.meta.url))).toString("base64")}`;
    await view.sendMessage({ text: "look", files: [{ type: "file", mediaType: "image/png", url }] });
    const { fileParts } = JSON.parse(texts(view.messages[1]));
    assert.equal(fileParts.length, 1);
    assert.equal(fileParts[0].url, url);
  });

  test("the history of a chat can seed a new page", async () => {
    const view = chat("context");
    await view.sendMessage({ text: "one" });
    const { json } = await call("GET", `/api/v1/sessions/${view.id}/transcript`);
    const page = new MemoryChat({ id: view.id, messages: json.messages, transport: transport("context", { sessions: { [view.id]: { publicAccessToken: await sessionToken(view.id), lastEventId: json.cursors.lastOutEventId } } }).client });
    await page.sendMessage({ text: "two" });
    assert.deepEqual(JSON.parse(texts(page.messages.at(-1))).userTexts, ["one", "two"]);
    assert.equal(page.messages.length, 4);
  });
});
