// The chats this browser knows, newest first, and how chats branched off each other. Only ids and titles: messages stay on the server.
import { newUuid } from "../shared/ids.js";

const key = "chats";
const most = 200;

let read = { text: null, chats: [] };

/** Asked many times for each picture on the screen, so the text is parsed again only if it is another one. */
function load() {
  const text = localStorage.getItem(key);
  if (text === read.text) return read.chats;
  try {
    read = { text, chats: JSON.parse(text) ?? [] };
  } catch {
    read = { text, chats: [] };
  }
  return read.chats;
}

/** @returns {{id: string, agent: string, title: string, at: number, from?: {chat: string, position: number, at: number}}[]} */
export const chats = () => load().toSorted((a, b) => b.at - a.at);

export const find = (id) => load().find((chat) => chat.id === id);

export function put(chat) {
  const others = load().filter((other) => other.id !== chat.id);
  localStorage.setItem(key, JSON.stringify([{ ...load().find((other) => other.id === chat.id), ...chat }, ...others].slice(0, most)));
}

export function forget(id) {
  localStorage.setItem(key, JSON.stringify(load().filter((chat) => chat.id !== id)));
}

export const newId = () => `page-${newUuid()}`;

/**
 * The versions of a message: the chat it was first written in, and the chats that branched off there to say it otherwise.
 * @param {number} position the message's place in the conversation
 * @returns {{ids: string[], index: number} | null}
 */
export function versions(chatId, position) {
  const all = new Map(load().map((chat) => [chat.id, chat]));
  const root = rootOf(all, chatId, position);
  const branches = [...all.values()].filter((chat) => chat.from?.position === position && rootOf(all, chat.id, position) === root);
  if (branches.length === 0) return null;
  const ids = [root, ...branches.sort((a, b) => a.from.at - b.from.at).map((chat) => chat.id)];
  let here = chatId;
  while (!ids.includes(here)) here = all.get(here).from.chat;
  return { ids, index: ids.indexOf(here) };
}

/** The chat in which what stands at a place was first said: a branch shares all before its own place with the chat it left. */
function rootOf(all, id, position) {
  const from = all.get(id)?.from;
  return from && from.position >= position ? rootOf(all, from.chat, position) : id;
}
