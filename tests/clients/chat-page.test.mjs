// The chat page in a real browser: what a person does with it.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { click, closeBrowser, newPage, noBrowser, seen } from "./browser.mjs";
import { baseURL, call, secretKey } from "./server.mjs";

const options = { skip: noBrowser };
const picture = new URL("./picture.png", import.meta.url).pathname;
after(closeBrowser);

async function openChat(agent, how) {
  const page = await newPage(how);
  await page.goto(`${baseURL}/`);
  await page.waitForSelector("#welcome:not([hidden])");
  if (!(await page.$(`input[value=${agent}]`))) await click(page, "#more");
  await page.$eval(`input[value=${agent}]`, (input) => input.click());
  return page;
}

async function say(page, text) {
  await page.type("#text", text);
  await page.keyboard.press("Enter");
}

/** Waits until nothing is being written and nothing waits, with this many answers. */
const answered = (page, count) =>
  page.waitForFunction((count) => document.querySelector("#stop").hidden && !document.querySelector(".waiting") && document.querySelectorAll(".message.assistant .text").length >= count, {}, count);

const texts = (page, role) => page.$$eval(`.message.${role} .text`, (list) => list.map((element) => element.innerText.trim()));

test("a message is answered, answered again, and there after a reload", options, async () => {
  const page = await openChat("echo");
  await say(page, "hello there");
  await seen(page, "You said: hello there");
  await answered(page, 1);
  await click(page, "[aria-label='Answer again']");
  await seen(page, "Again: hello there");
  await answered(page, 1);
  assert.deepEqual(await texts(page, "assistant"), ["Again: hello there"]);
  await page.reload();
  await seen(page, "Again: hello there");
  assert.deepEqual(await texts(page, "user"), ["hello there"]);
  assert.deepEqual(page.complaints, []);
});

test("an answer is stopped, and the chat goes on", options, async () => {
  const page = await openChat("slow");
  await say(page, "hold");
  await seen(page, "3 4 5");
  await click(page, "#stop");
  await seen(page, "Stopped");
  await answered(page, 1);
  assert.ok(!(await texts(page, "assistant"))[0].includes("199"));
  await say(page, "again");
  await answered(page, 2);
  assert.match((await texts(page, "assistant"))[1], /199$/);
});

test("a reload in the middle of an answer goes on with it, and a second window sees and writes the same", options, async () => {
  const page = await openChat("slow");
  await say(page, "count");
  await seen(page, "3 4 5");
  const second = await newPage();
  await Promise.all([page.reload(), second.goto(page.url())]);
  await seen(second, "0 1 2 3");
  await answered(page, 1);
  await answered(second, 1);
  assert.match((await texts(page, "assistant"))[0], /^0 1 2 .* 199$/);
  assert.deepEqual(await texts(second, "assistant"), await texts(page, "assistant"));
  await say(second, "from the other side");
  await answered(page, 2);
  await answered(second, 2);
  assert.deepEqual(await texts(page, "user"), ["count", "from the other side"]);
  assert.deepEqual(await texts(second, "assistant"), await texts(page, "assistant"));
});

test("what is being answered is not waiting, however often it is read again", options, async () => {
  const page = await openChat("slow");
  await page.evaluate(() => {
    // What another window does that has written: this one reads what came on `in`, here as soon as an answer begins.
    const stop = document.querySelector("#stop");
    new MutationObserver(() => stop.hidden || new BroadcastChannel(`chat-${location.hash.slice(1)}`).postMessage("appended")).observe(stop, { attributes: true });
  });
  await say(page, "count");
  await seen(page, "30 31 32");
  assert.deepEqual(await page.$$eval(".message", (list) => list.map((item) => (item.classList.contains("user") ? "question" : "answer"))), ["question", "answer"]);
  await answered(page, 1);

  await page.locator("[aria-label='Answer again']").click();
  await page.waitForFunction(() => document.querySelector(".waiting") || document.querySelector(".live"));
  await answered(page, 1);
  assert.match((await texts(page, "assistant"))[0], /199$/);
  assert.deepEqual(page.complaints, []);
});

test("answers are formatted", options, async () => {
  const page = await newPage();
  await page.goto(`${baseURL}/`);
  const html = (text) => page.evaluate(async (text) => {
    const { markdown } = await import("/pages/shared/markdown.js");
    const box = document.createElement("div");
    box.append(...markdown(text));
    return box.innerHTML;
  }, text);
  assert.equal(await html("\\*a\\* C:\\dir `b\\*`"), "<p>*a* C:\\dir <code>b\\*</code></p>");
  assert.equal(await html("![a map](https://example.com/m.png)"), '<p><a href="https://example.com/m.png" target="_blank" rel="noopener noreferrer">a map</a></p>');
  assert.match(await html("a|b\\|c|d\n-|:-:|--:\n1|2|3"), /<th scope="col">a<\/th><th scope="col" class="center">b\|c<\/th>.*<td class="right">3<\/td>/);
  assert.match(await html("- [x] done\n- [ ] open"), /<li class="task"><input type="checkbox" disabled="" aria-label="Done"> done<\/li><li class="task"><input type="checkbox" disabled="" aria-label="Open"> open/);
  assert.equal(await html("````\n```\nx\n```\n````\ny").then((code) => code.replace(/ (tabindex|aria-label)="[^"]*"/g, "")), "<pre><code>```\nx\n```</code></pre><p>y</p>");
});

test("a call is approved, another denied, a question answered", options, async () => {
  const page = await openChat("tour");
  await say(page, "Send an email");
  await click(page, ".approval-requested .primary");
  await seen(page, "The email is on its way.");
  await answered(page, 2);
  await say(page, "Send another email");
  await click(page, ".approval-requested button:not(.primary)");
  await seen(page, "nothing was sent");
  await answered(page, 4);
  await say(page, "A question, please");
  await click(page, "form.question .choices button");
  await seen(page, "The sea it is.");
  assert.deepEqual(page.complaints, []);
});

test("an edited message branches, and both branches stay", options, async () => {
  const page = await openChat("echo");
  await say(page, "first");
  await seen(page, "You said: first");
  await answered(page, 1);
  await say(page, "second");
  await seen(page, "You said: second");
  await answered(page, 2);
  await click(page, "(//*[@aria-label='Edit and branch'])[2]");
  await page.locator(".edit textarea").fill("other");
  await click(page, ".edit .primary");
  await seen(page, "You said: other");
  await answered(page, 2);
  assert.deepEqual(await texts(page, "user"), ["first", "other"]);
  assert.equal(await page.$eval(".versions", (element) => element.innerText), "2/2");
  await click(page, "[aria-label='Version before']");
  await seen(page, "You said: second");
  assert.deepEqual(await texts(page, "user"), ["first", "second"]);
});

const isShown = (page, count) =>
  page.waitForFunction((count) => {
    const pictures = [...document.querySelectorAll(".message.user img.picture")];
    return pictures.length === count && pictures.every((picture) => picture.complete && picture.naturalWidth > 0);
  }, {}, count);

test("a picture is kept beside the chat, shown after a reload, in a second window and in a branch", options, async () => {
  const page = await openChat("tour");
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.locator("#attach").click()]);
  await chooser.accept([picture]);
  await page.waitForSelector("#pictures img");
  await say(page, "look");
  await seen(page, "the picture arrived");
  await answered(page, 1);
  await page.reload();
  await isShown(page, 1);
  const second = await newPage();
  await second.goto(page.url());
  await isShown(second, 1);
  const chat = new URL(page.url()).hash.slice(1);
  const { records } = (await call("GET", `/realtime/v1/sessions/${chat}/in/records`)).json;
  const [{ url }] = JSON.parse(records.find(({ data }) => data.includes("look")).data).payload.message.parts;
  assert.match(url, new RegExp(`^attachment:${chat}/`));
  const stored = await fetch(`${baseURL}/api/v1/sessions/${chat}/attachments/${url.split("/")[1]}`, { headers: { authorization: `Bearer ${secretKey}` } });
  assert.deepEqual(Buffer.from(await stored.arrayBuffer()), await readFile(picture));
  await click(page, "[aria-label='Edit and branch']");
  await page.$eval(".edit textarea", (box) => (box.value = "look again"));
  await click(page, ".edit .primary");
  await seen(page, "look again");
  await answered(page, 1);
  await isShown(page, 1);
});

test("a picture that cannot be uploaded goes inside the message", options, async () => {
  const page = await openChat("tour");
  await page.setRequestInterception(true);
  page.on("request", (request) => (request.url().includes("/attachments") ? request.abort() : request.continue()));
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.locator("#attach").click()]);
  await chooser.accept([picture]);
  await page.waitForSelector("#pictures img");
  await say(page, "look");
  await seen(page, "the picture arrived");
  await answered(page, 1);
  const chat = new URL(page.url()).hash.slice(1);
  assert.match((await call("GET", `/realtime/v1/sessions/${chat}/in/records`)).text, /data:image\/png;base64/);
  await isShown(page, 1);
});

test("what one may be pointing at stays in place while an answer is written", options, async () => {
  const page = await openChat("slow");
  await say(page, "count");
  await seen(page, "3 4 5");
  await page.evaluate(() => (window.kept = ["#chats li a", ".message.user", ".message.user .text p", "[aria-label='Copy']"].map((name) => document.querySelector(name))));
  await answered(page, 1);
  assert.deepEqual(await page.evaluate(() => window.kept.map((element) => Boolean(element?.isConnected))), [true, true, true, true]);
});

test("what an agent says cannot run", options, async () => {
  const page = await openChat("echo");
  await say(page, "<img src=x onerror=alert(1)> [click](javascript:alert(1)) **bold**");
  await answered(page, 1);
  assert.equal(await page.$$eval(".text img, .text a, .text script", (list) => list.length), 0);
  assert.equal(await page.$$eval(".assistant strong", (list) => list.length), 1);
  const answer = await fetch(`${baseURL}/`);
  assert.match(answer.headers.get("content-security-policy"), /script-src 'self'/);
});

test("a phone and a keyboard are enough", options, async () => {
  const page = await openChat("echo", { width: 360, height: 700, dark: true });
  assert.equal(await page.$eval("#side", (side) => getComputedStyle(side).visibility), "hidden");
  await page.focus("#text");
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Enter");
  await seen(page, "You said: by keyboard");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await click(page, "#menu");
  await page.waitForFunction(() => getComputedStyle(document.querySelector("#side")).visibility === "visible" && document.activeElement.id === "new");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement.id === "menu");
  const unnamed = await page.$$eval("button, a, input, textarea", (list) =>
    list.filter((element) => element.checkVisibility() && !(element.getAttribute("aria-label") || element.textContent.trim() || element.labels?.length)).map((element) => element.outerHTML));
  assert.deepEqual(unnamed, []);
});

test("another site gets no token", options, async () => {
  const ask = (headers) => fetch(`${baseURL}/chat/token`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ chatId: "page-00000000-0000-0000-0000-000000000000" }),
  });
  assert.equal((await ask({})).status, 200);
  assert.equal((await ask({ origin: "https://elsewhere.example" })).status, 403);
});
