// Published clients that talk to one node of a cluster while others are killed, until the file UNTIL is there. Run by the deployment tests.
// No connection of theirs is ever cut, so whatever they notice is the servers' fault; only what a killed node had begun to say may come again.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { agentChat, call, uid } from "./server.mjs";
import { deltas, read, submit, texts, transport } from "./transports.mjs";

const least = 3;

/** Says one thing after the other; the conversation then holds each once, in order and answered. */
async function talk(id, say) {
  const said = [];
  do {
    const words = `this is number ${said.length}`;
    said.push(words);
    const answer = await say(words);
    assert.ok(answer.endsWith(`You said: ${words}`), `the answer to "${words}": ${answer}`);
  } while (said.length < least || !existsSync(process.env.UNTIL));
  const { messages } = (await call("GET", `/api/v1/sessions/${id}/transcript`)).json;
  assert.deepEqual(messages.filter(({ role }) => role === "user").map(texts), said);
  said.forEach((words) => {
    const next = messages[messages.findIndex((message) => message.role === "user" && texts(message) === words) + 1];
    assert.equal(next?.role, "assistant", `"${words}" is answered`);
  });
}

test("published clients go on while other nodes are killed", { concurrency: true }, async (t) => {
  const chats = [1, 2, 3, 4].map((number) => t.test(`AgentChat ${number}`, async () => {
    const chat = agentChat("echo");
    await talk(chat.id, async (words) => (await chat.sendMessage(words)).text());
  }));
  const pages = [1, 2, 3, 4].map((number) => t.test(`TriggerChatTransport ${number}`, async () => {
    const { client } = transport("echo");
    const id = uid("killed");
    await talk(id, async (words) => deltas(await read(await submit(client, id, words))));
  }));

  // Sessions that begin are spread over all nodes, also while one of them is dead and not known to be.
  const beginners = t.test("new chats", async () => {
    do {
      const chat = agentChat("echo");
      const answer = await (await chat.sendMessage("hello")).text();
      assert.ok(answer.endsWith("You said: hello"), answer);
    } while (!existsSync(process.env.UNTIL));
  });
  await Promise.all([...chats, ...pages, beginners]);
});
