// The operator console in a real browser, over sessions that the published client makes.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { click, closeBrowser, newPage, noBrowser, seen } from "./browser.mjs";
import { agentChat, baseURL, call, secretKey, uid, until } from "./server.mjs";

const options = { skip: noBrowser };
after(closeBrowser);

/** In one step of the page, because keys that are pressed while a window has lost its focus go nowhere. */
const signIn = (page, key) => page.waitForFunction((key) => {
  const field = document.querySelector("#key");
  if (!field?.checkVisibility()) return false;
  field.value = key;
  field.form.requestSubmit();
  return true;
}, {}, key);

async function openConsole(session, how, key = secretKey) {
  const page = await newPage(how);
  await page.goto(`${baseURL}/console${session ? `#/sessions/${session}` : ""}`);
  await signIn(page, key);
  await page.waitForFunction(() => !document.querySelector("#console").hidden || document.querySelector("#key-error").textContent);
  assert.equal(await page.$eval("#key-error", (error) => error.textContent), "");
  if (session) await page.waitForSelector("#actions button");
  return page;
}

const tokenFor = async (...scopes) => (await call("POST", "/api/v1/auth/public-tokens", { body: { scopes } })).json.token;

const press = (page, label) => click(page, `//div[@id="actions"]//button[contains(., "${label}")]`);

async function confirm(page, text) {
  await page.waitForSelector("dialog[open]");
  if (text) await page.$eval("#dialog-field", (field, text) => (field.value = text), text);
  await click(page, "dialog .primary");
  await page.waitForFunction(() => !document.querySelector("dialog"));
}

test("without the key there is nothing to see", options, async () => {
  const page = await newPage();
  await page.goto(`${baseURL}/console`);
  await page.type("#key", "not the key at all");
  await page.keyboard.press("Enter");
  await seen(page, "neither a secret key nor an administrator token");
  assert.equal(await page.$eval("#console", (element) => element.hidden), true);
  for (const path of ["overview", "sessions/x"]) assert.equal((await fetch(`${baseURL}/api/console/v1/${path}`)).status, 401);
  const token = await tokenFor("read:sessions", "write:sessions", "admin:sessions");
  assert.equal((await call("POST", "/api/console/v1/sessions/x/take-over", { token, body: { operator: "me" } })).status, 403);
  assert.equal((await call("POST", "/api/console/v1/nodes/x/drain", { token })).status, 403);
  assert.equal((await call("POST", "/api/console/v1/nodes/no-such-node/drain")).status, 404);
});

test("an administrator token opens all of it, until it expires", options, async () => {
  const chat = agentChat("echo");
  await (await chat.sendMessage("hello")).text();
  const page = await openConsole(chat.id, {}, await tokenFor("admin"));
  await seen(page, "turn-complete");
  await click(page, "#tab-conversation");
  await seen(page, "You said: hello");
  await click(page, "#tab-runs");
  await seen(page, "initial");
  await press(page, "Delete");
  await confirm(page);
  await page.waitForFunction(() => document.querySelector("#session").hidden);
  assert.equal((await call("GET", `/api/v1/sessions/${chat.id}`)).status, 404);
});

test("a session shows every record of both logs, live, with its runs", options, async () => {
  const chat = agentChat("tools");
  await (await chat.sendMessage("what is it?")).text();
  const page = await openConsole(chat.id);
  await seen(page, "what is it?");
  await seen(page, "turn-complete");
  await (await chat.sendMessage("and now?")).text();
  await seen(page, "and now?");
  const numbers = await page.$$eval(".record .io.out + .seq", (list) => list.flatMap(({ textContent }) => {
    const [from, to = from] = textContent.split("–").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }));
  assert.deepEqual(numbers, numbers.map((_, index) => numbers[0] + index));
  await click(page, ".record.call summary");
  await seen(page, "toolCallId");
  await seen(page, "OnTurnStart");
  await seen(page, "run began");
  await click(page, ".show button:nth-child(3)");
  await page.waitForFunction(() => !document.body.innerText.includes("OnTurnStart"));
  await click(page, "#tab-runs");
  await seen(page, "initial");
  assert.deepEqual(page.complaints, []);
});

test("the conversation shows which turns failed and what their users were told, live and later", options, async () => {
  const chat = agentChat("fail");
  const say = async (chat, text) => (await chat.sendMessage(text)).text().catch(() => {}); // The client throws what went wrong.
  await say(chat, "bad");
  const notes = (page) => page.$$eval("#panel-conversation .said", (list) => list.map((item) => item.querySelector(".note").textContent));
  const shows = (page, expected) => until(async () => JSON.stringify(await notes(page)) === JSON.stringify(expected), `the notes ${expected}`);
  const page = await openConsole(chat.id);
  await click(page, "#tab-conversation");
  await shows(page, ["", "boom: bad"]);
  await say(chat, "worse");
  await shows(page, ["", "boom: bad", "", "boom: worse"]);
  await say(chat, "ok");
  await shows(page, ["", "boom: bad", "", "boom: worse", "", ""]);
  const later = await openConsole(chat.id);
  await click(later, "#tab-conversation");
  await shows(later, ["", "boom: bad", "", "boom: worse", "", ""]);
});

test("the list is searched, and new sessions appear by themselves", options, async () => {
  const page = await openConsole();
  const chat = agentChat("echo");
  await (await chat.sendMessage("hi")).text();
  await page.waitForSelector(`#session-list a[href$="${chat.id}"]`);
  await page.type("#search", chat.id.slice(-12));
  await page.waitForFunction(() => document.querySelectorAll("#session-list a").length === 1);
  assert.equal(await page.$eval("#count", (element) => element.textContent), "1 session");
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => document.querySelector("#session-id").textContent === id, {}, chat.id);
});

test("a person takes a chat over, answers a stock client, and hands back what queued up", options, async () => {
  const chat = agentChat("echo");
  await (await chat.sendMessage("one")).text();
  const page = await openConsole(chat.id);
  await press(page, "Take over");
  await confirm(page, "Ada");
  await page.waitForSelector(".speak:not([hidden])");
  await seen(page, "held by Ada");
  const answer = chat.sendMessage("two").then((stream) => stream.text());
  await seen(page, "two");
  await page.type(".speak textarea", "This is a person.");
  await page.keyboard.press("Enter");
  assert.equal(await answer, "This is a person.");
  const queued = chat.sendMessage("three").then((stream) => stream.text());
  await seen(page, "three");
  await press(page, "Hand back");
  assert.equal(await queued, "You said: three");
  const { json } = await call("GET", `/api/v1/sessions/${chat.id}/transcript`);
  assert.deepEqual(json.messages.map(({ parts }) => parts.filter(({ type }) => type === "text").map(({ text }) => text).join("")),
    ["one", "You said: one", "two", "This is a person.", "three", "You said: three"]);
});

test("a new session starts from a record of an old one", options, async () => {
  const chat = agentChat("context");
  await (await chat.sendMessage("first")).text();
  await (await chat.sendMessage("second")).text();
  const records = (await call("GET", `/realtime/v1/sessions/${chat.id}/in/records`)).json.records;
  const fork = (direction, sequence) => call("POST", `/api/console/v1/sessions/${chat.id}/fork`, { body: { direction, sequence } });
  const ofIn = await fork("in", records.find(({ data }) => data.includes("second")).seqNum);
  assert.equal(ofIn.status, 201);
  const texts = async (id) => (await call("GET", `/api/v1/sessions/${id}/transcript`)).json.messages.map(({ role }) => role);
  await until(async () => (await texts(ofIn.json.id)).length === 4, "the answer of the forked session");
  const page = await openConsole(chat.id);
  await seen(page, "turn-complete");
  await click(page, ".record.boundary summary");
  await click(page, ".record.boundary .small");
  await page.waitForFunction((id) => !document.querySelector("#session-id").textContent.includes(id), {}, chat.id);
  const forked = await page.$eval("#session-id", (element) => element.textContent);
  assert.deepEqual(await texts(forked), ["user", "assistant"]);
  assert.equal((await fork("out", 100_000)).status, 400);
});

test("a session is exported; closing and deleting ask first", options, async () => {
  const id = uid("console");
  await call("POST", "/api/v1/sessions", { body: { type: "chat.agent", externalId: id, taskIdentifier: "echo", triggerConfig: { basePayload: { chatId: id, trigger: "preload" } } } });
  const page = await openConsole(id);
  await page.evaluate(() => (HTMLAnchorElement.prototype.click = function () { window.saved = `${this.download} ${this.protocol}`; }));
  await press(page, "Export");
  await page.waitForFunction((name) => window.saved === `${name}.jsonl blob:`, {}, id);
  await press(page, "Close");
  await confirm(page, "enough");
  await seen(page, "closed: enough");
  await press(page, "Delete");
  await confirm(page);
  await page.waitForFunction(() => document.querySelector("#session").hidden);
  assert.equal((await call("GET", `/api/v1/sessions/${id}`)).status, 404);
});

test("budgets show what is used and left", options, async () => {
  const page = await openConsole(null, { width: 380, height: 760 });
  await click(page, "#go-budgets");
  // Such runs count for a minute, so this one begins when the view is open and finds it by itself.
  const start = await fetch(`${baseURL}/api/agent/chat`, {
    method: "POST", headers: { authorization: `Bearer ${process.env.USER_TOKEN}`, "content-type": "application/json" }, body: JSON.stringify({ message: "hello" }),
  });
  assert.equal(start.status, 202);
  await page.waitForFunction(() => [...document.querySelectorAll(".amounts span")].some((words) => /^\d+ of 1,?000 runs; \d+ left$/.test(words.textContent)));
  await page.type("#budget-filters input", "nobody-at-all");
  await page.waitForFunction(() => !document.querySelector("#no-budgets").hidden);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(page.complaints, []);
});

test("a server that does not answer is told, and what is shown stays", options, async () => {
  const chat = agentChat("echo", { id: uid("away") });
  await (await chat.sendMessage("hi")).text();
  const page = await openConsole(chat.id);
  await page.setOfflineMode(true);
  await seen(page, "The server cannot be reached");
  assert.ok(await page.$("#actions button"));
  await page.setOfflineMode(false);
  await page.waitForFunction(() => document.querySelector("#unreachable").hidden);
  assert.match(await page.$eval("#facts", (facts) => facts.innerText), /echo/);
});

test("what one may be pointing at stays in place while everything is refreshed", options, async () => {
  const chat = agentChat("echo");
  await (await chat.sendMessage("hello")).text();
  const page = await openConsole(chat.id);
  await page.waitForSelector(`#session-list a[href$="${chat.id}"]`);
  await page.evaluate((id) => (window.kept = [`#session-list a[href$="${id}"]`, "#actions button:last-child", "#facts dd"].map((name) => document.querySelector(name))), chat.id);
  await page.evaluate(() => window.kept[0].focus());
  const next = agentChat("echo");
  await (await next.sendMessage("another")).text();
  await (await chat.sendMessage("again")).text();
  await page.waitForSelector(`#session-list a[href$="${next.id}"]`);
  await seen(page, "2 records");
  assert.deepEqual(await page.evaluate(() => [...window.kept.map((element) => element.isConnected), document.activeElement === window.kept[0]]), [true, true, true, true]);
  await click(page, "#go-server");
  await page.waitForSelector("#nodes button");
  await page.evaluate(() => {
    window.kept = document.querySelector("#nodes button");
    window.shown = document.querySelector("#nodes tr").textContent;
  });
  await page.waitForFunction(() => document.querySelector("#nodes tr").textContent !== window.shown);
  assert.ok(await page.evaluate(() => window.kept.isConnected));
});

test("the description of the APIs is read without any other server", options, async () => {
  const page = await newPage({ width: 380, height: 760 });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  await page.goto(`${baseURL}/openapi`);
  await page.type("#filter", "console budgets");
  await page.waitForFunction(() => document.querySelector("#count").textContent === "1 endpoint");
  await click(page, "#operations summary");
  await click(page, "#operations a[href='#schema-BudgetPage']");
  await page.waitForFunction(() => document.querySelector("#schema-BudgetPage").open);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual([...new Set(asked)], [new URL(baseURL).origin]);
  assert.deepEqual(page.complaints, []);
});

test("the server view shows nodes and charts, on a phone too", options, async () => {
  const page = await openConsole(null, { width: 380, height: 760, dark: true });
  await click(page, "#go-server");
  await page.waitForSelector("#nodes tr");
  await page.waitForFunction(() => document.querySelectorAll(".chart svg").length === 3);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(page.complaints, []);
});
