// Makes the pictures in docs/images: `BASE_URL=… SECRET_KEY=… node screenshots.mjs`, with a server that has demonstration agents and a model.
import { mkdir } from "node:fs/promises";
import { closeBrowser, newPage, seen } from "./browser.mjs";
import { agentChat, baseURL, call, secretKey, until } from "./server.mjs";

const folder = process.env.IMAGES ?? new URL("../../docs/images", import.meta.url).pathname;
await mkdir(folder, { recursive: true });
const wide = { width: 1240, height: 800 };
const phone = { width: 390, height: 780 };
const shoot = (page, name) => page.screenshot({ path: `${folder}/${name}.png` });
const say = async (chat, text) => (await chat.sendMessage(text)).text();

async function chatPage(name, how) {
  const page = await newPage(how);
  await page.goto(baseURL);
  await page.locator("#suggestions button").click();
  await seen(page, "Visit Lisboa");
  await page.waitForFunction(() => document.querySelector("#stop").hidden);
  await shoot(page, name);
}

async function openConsole(how, hash) {
  const page = await newPage(how);
  await page.goto(`${baseURL}/console${hash}`);
  await page.waitForSelector("#key");
  await page.type("#key", secretKey);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#console:not([hidden])");
  return page;
}

async function timeline(name, how, session) {
  const page = await openConsole(how, `#/sessions/${session}`);
  await seen(page, "OnTurnStart");
  await page.waitForSelector(".record.boundary");
  await seen(page, "Turns");
  await shoot(page, name);
}

/** A chat in which a person has answered a user who waits for the stock client's stream. */
async function heldChat() {
  const chat = agentChat("echo", { id: "complaint-88" });
  await say(chat, "My parcel came damaged.");
  await call("POST", `/api/console/v1/sessions/${chat.id}/take-over`, { body: { operator: "Ada" } });
  const answer = say(chat, "Can a person look at this, please?");
  await until(async () => (await call("GET", `/api/console/v1/sessions/${chat.id}`)).json.in.tail >= 2, "the message that waits");
  await call("POST", `/api/console/v1/sessions/${chat.id}/say`, { body: { messageId: "msg_ada", text: "I am Ada, a person. I am sorry! A new one leaves today." } });
  await answer;
  return chat.id;
}

for (const [agent, id] of [["echo", "newsletter-19"], ["context", "orders-2208"], ["fail", "imports-7"], ["slow", "report-weekly"]]) {
  await say(agentChat(agent, { id }), "Good morning!").catch(() => {});
}
const support = agentChat("assistant", { id: "support-4711" });
await say(support, "Where is my order?");
await say(support, "And when does it arrive?");
const held = await heldChat();

await chatPage("chat", { width: 1180, height: 700 });
await chatPage("phone", { ...phone, dark: true });
await timeline("console", wide, support.id);
await timeline("console-phone", phone, support.id);
const operator = await openConsole(wide, `#/sessions/${held}`);
await seen(operator, "held by Ada");
await operator.click("#tab-conversation");
await seen(operator, "I am Ada");
await shoot(operator, "take-over");
const budgets = await openConsole(phone, "#/budgets");
await seen(budgets, "tokens");
await shoot(budgets, "budgets");
const server = await openConsole({ ...wide, dark: true }, "#/server");
await server.waitForSelector(".chart svg");
await shoot(server, "server");
await closeBrowser();
