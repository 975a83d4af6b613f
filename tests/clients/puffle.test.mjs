// Row 43 of the Puffle document's feature table: stock AI SDK clients, pointed at the stream endpoint.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createElement } from "react";
import { create } from "react-test-renderer";
import { baseURL, call, until, userToken as token } from "./server.mjs";
import { puffleChat, texts, versions } from "./transports.mjs";

const chat = "/api/agent/chat";

test("useChat with the default transport shows the echo", async (t) => {
  const view = { now: undefined };
  const client = new DefaultChatTransport({ api: `${baseURL}${chat}/stream`, headers: { authorization: `Bearer ${token}` } });
  const Host = () => ((view.now = useChat({ transport: client })), null);
  const root = create(createElement(Host));
  t.after(() => root.unmount());
  await until(() => view.now, "the first render");

  await view.now.sendMessage({ text: "hi" });
  await view.now.sendMessage({ text: "again" });

  await until(() => view.now.status === "ready" && view.now.messages.length === 4, "two answers");
  assert.deepEqual(view.now.messages.map(texts), ["hi", "You said: hi", "again", "You said: again"]);
  assert.deepEqual(Object.keys(view.now.messages[1].metadata.usage), ["inputTokens", "outputTokens", "totalTokens"]);
  assert.equal(view.now.error, undefined);
});

for (const version of Object.keys(versions)) {
  describe(`version ${version} of the AI SDK`, () => {
    const open = (agent) => puffleChat(agent, { version });

    test("turns of one chat are one conversation", async () => {
      const { view, seen } = open("echo");
      await view.sendMessage({ text: "one" });
      await view.sendMessage({ text: "two" });
      assert.equal(view.status, "ready", view.error?.message);
      const { json } = await call("POST", `${chat}/sync`, { token, body: { message: "three", conversationId: seen.conversation } });
      assert.deepEqual(json.messages.map((entry) => entry.content), ["one", "You said: one", "two", "You said: two", "three", "You said: three"]);
    });

    for (const approved of [true, false]) {
      test(`a tool call that is ${approved ? "approved" : "rejected"} goes on in the same message`, async () => {
        const { view } = open("permission");
        await view.sendMessage({ text: "please" });
        const asked = view.messages[1].parts.find((part) => part.type === "data-tool-approval");
        assert.equal(asked.data.toolName, "Read");

        await view.sendMessage(undefined, { body: { approvalResponse: { toolCallId: asked.data.toolCallId, approved } } });

        assert.equal(view.status, "ready", view.error?.message);
        assert.equal(view.messages.length, 2);
        assert.equal(view.messages[1].parts.find((part) => part.type === "tool-Read").state, approved ? "output-available" : "output-error");
        assert.match(texts(view.messages[1]), approved ? /\/etc\/hosts/ : /denied/);
      });
    }

    test("stop ends the turn and keeps what was said", async () => {
      const { view, seen } = open("slow");
      void view.sendMessage({ text: "hold" });
      await until(() => view.messages.length === 2 && texts(view.messages[1]).length > 20, "some text");
      await view.stop();
      const { json } = await call("POST", `${chat}/sync`, { token, body: { message: "after", conversationId: seen.conversation } });
      assert.equal(json.text, "You said: after");
      assert.match(json.messages[1].content, /^0 1 2 /);
      assert.ok(!json.messages[1].content.includes("199"));
    });

    test("a failure is the chat's error", async () => {
      const { view } = open("fail");
      await view.sendMessage({ text: "x" });
      assert.equal(view.status, "error");
      assert.match(view.error.message, /boom/);
    });
  });
}
