// The chat page: which chat is open, and how what happens in it reaches the screen.
import { byId } from "../shared/dom.js";
import { fetchAttachmentsWith } from "../shared/attachments.js";
import { wireTheme } from "../shared/theme.js";
import { partsOf, textOf } from "../shared/reducer.js";
import * as api from "./api.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { Messages } from "./messages.js";
import { showChats, wireDrawer } from "./sidebar.js";
import { showWelcome } from "./welcome.js";
import { wireScroll } from "./scroll.js";
import * as store from "./store.js";

const agents = await api.agents().catch((error) => (say(error.message), []));
const scroll = wireScroll();
const closeDrawer = wireDrawer();
let chat = null;
let isPainting = false;

const composer = new Composer({
  send,
  stop: () => chat.stop().catch((error) => say(error.message)),
  say,
});

const messages = new Messages(byId("messages"), {
  regenerate: () => (chat.regenerate(), scroll.toEnd()),
  answer: (message, part, slim) => {
    Object.assign(part, slim);
    chat.answer(message, [slim]);
  },
  edit: (message, position, text) => branch(message, position, text),
  versions: (position) => store.versions(chat.id, position),
  go: (id) => open(id),
});

function open(id = null) {
  const isNew = id === null;
  id ??= store.newId();
  if (chat?.id === id) return;
  chat?.close();
  messages.clear();
  const known = store.find(id);
  chat = new Chat(id, known?.agent ?? localStorage.getItem("agent") ?? agents[0]?.name, api);
  if (location.hash.slice(1) !== id) history[location.hash ? "pushState" : "replaceState"](null, "", `#${id}`);
  const opened = chat;
  chat.addEventListener("change", () => opened === chat && paintSoon());
  chat.addEventListener("answered", () => opened === chat && announce());
  chat.addEventListener("failed", ({ detail }) => opened === chat && failed(detail));
  chat.open(isNew).then(() => remember(opened), (error) => opened === chat && say(error.message));
  closeDrawer();
  paint();
  scroll.toEnd();
  composer.focus();
}

/** A chat that was opened by its address joins the list once it has something to show. */
function remember(opened) {
  const first = opened.messages.find((message) => message.role === "user");
  if (first && !store.find(opened.id)) store.put({ id: opened.id, agent: opened.agent, title: titleOf(first), at: Date.now() });
  paintSoon();
}

const titleOf = (message) => textOf(message).slice(0, 80) || "A picture";

function send(parts, pictures = []) {
  const known = store.find(chat.id);
  store.put({ id: chat.id, agent: chat.agent, title: known?.title || titleOf({ parts }), at: Date.now() });
  chat.send(parts, pictures);
  paint();
  scroll.toEnd();
}

async function branch(message, position, text) {
  const from = chat;
  const id = store.newId();
  try {
    await api.branch(from.id, message.id, id);
  } catch (error) {
    say(error.message);
    return;
  }
  store.put({ id, agent: from.agent, title: text.slice(0, 80), at: Date.now(), from: { chat: from.id, position, at: Date.now() } });
  open(id);
  const opened = chat;
  const pictures = partsOf(message).filter((part) => part.type === "file");
  await new Promise((resolve) => (opened.isLoaded ? resolve() : opened.addEventListener("change", () => opened.isLoaded && resolve())));
  send([...pictures, { type: "text", text }]);
}

function failed({ error, message, pictures = [] }) {
  say(error.message);
  if (message) composer.fill(textOf(message), pictures);
}

function paintSoon() {
  if (isPainting) return;
  isPainting = true;
  requestAnimationFrame(() => {
    isPainting = false;
    paint();
  });
}

function paint() {
  const isEmpty = chat.messages.length === 0 && chat.queue.length === 0;
  const isClosed = chat.closed !== null;
  byId("welcome").hidden = !isEmpty || !chat.isLoaded;
  byId("loading").hidden = chat.isLoaded;
  byId("agent-name").textContent = chat.agent ?? "";
  byId("status").textContent = chat.connection === "waiting" ? "Reconnecting…" : isClosed ? "Closed" : chat.status === "streaming" ? "Answering" : "";
  byId("window").href = `#${chat.id}`;
  byId("closed").hidden = !isClosed;
  byId("closed-why").textContent = chat.closed ? `This chat was closed: ${chat.closed}.` : "This chat is closed.";
  if (isEmpty) showWelcome(agents, chat.agent, { pick, say: (text) => send([{ type: "text", text }]) });
  messages.show(chat);
  composer.show({ status: chat.status, isClosed, isStopping: chat.isStopping });
  showChats(chat.id, { open, forget });
  document.title = `${store.find(chat.id)?.title || "New chat"} · AgentSessions`;
  scroll.keep();
}

function pick(name) {
  localStorage.setItem("agent", name);
  chat.agent = name;
  paint();
  byId("agents").querySelector("input:checked")?.focus();
}

function forget(id) {
  store.forget(id);
  if (id === chat.id) open();
  else paint();
}

/** Reads a finished answer out to a screen reader, once. */
function announce() {
  const last = chat.messages.at(-1);
  if (last?.role === "assistant") byId("spoken").textContent = last.error ? `The answer failed: ${last.error}` : textOf(last).slice(0, 2000);
}

function say(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (box.hidden = true), 6000);
}

fetchAttachmentsWith(api.attachment);
wireTheme(byId("theme"));
const fromAddress = () => {
  const id = location.hash.slice(1);
  return /^page-[0-9a-f-]{36}$/.test(id) ? id : undefined;
};
byId("new").addEventListener("click", () => open());
byId("closed-new").addEventListener("click", () => open());
addEventListener("popstate", () => open(fromAddress()));
addEventListener("storage", () => paintSoon());
open(fromAddress());
