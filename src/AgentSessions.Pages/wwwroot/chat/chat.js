// One chat as its two streams tell it. What is shown is derived from the stored history, the messages on `in` and the chunks on `out`;
// so a reload, a second window and this one show the same.
import { remember } from "../shared/attachments.js";
import { newUuid } from "../shared/ids.js";
import { follow, headerOf, isCommand, sleep } from "../shared/stream.js";
import { applyChunk, closeAll } from "../shared/reducer.js";
import { partOf } from "./pictures.js";

const pollEvery = 4000; // Milliseconds between looks for what other windows on other machines have written.

export class Chat extends EventTarget {
  /** @param {string} id @param {string} agent @param {object} api how the server is called: the module `api.js`, or another with the same functions */
  constructor(id, agent, api) {
    super();
    this.#api = api;
    this.id = id;
    this.agent = agent;
    this.messages = [];
    /** Messages on their way or waiting for their turn, oldest first. */
    this.queue = [];
    /** The answer that is being written, or null. */
    this.live = null;
    this.closed = null;
    this.connection = "live";
    this.isLoaded = false;
    this.isStarted = false;
    this.isStopping = false;
    this.#ending = new AbortController();
    this.#others = new BroadcastChannel(`chat-${id}`);
    this.#others.onmessage = () => this.#drain();
  }

  #api;
  #ending;
  #others;
  #lastIn = -1;
  #begun = -1; // The newest input whose answer this window has seen begin: read again from `in`, it waits for nothing.
  #draining = null;
  #opening = null;
  #appending = Promise.resolve();

  /** Loads what there is and follows what comes. What is sent meanwhile waits for it. @param {boolean} isNew whether there can be nothing yet */
  open(isNew) {
    return (this.#opening = this.#open(isNew));
  }

  async #open(isNew) {
    const [row, history] = isNew ? [null, this.#api.noHistory] : await this.#load();
    if (row) {
      this.isStarted = true;
      this.agent = row.taskIdentifier;
      if (row.closedAt) this.closed = row.closedReason ?? "";
    }
    this.messages = [...history.messages];
    this.#lastIn = Number(history.lastInEventId);
    if (row) await this.#drain();
    this.isLoaded = true;
    this.connection = "live";
    this.#changed();
    if (row) this.#follow(Number(history.lastOutEventId));
  }

  /** Asks until the server answers. What it refuses it would refuse again. */
  async #load() {
    for (let failures = 0; ; failures++) {
      try {
        return await Promise.all([this.#api.row(this.id), this.#api.history(this.id)]);
      } catch (error) {
        if ((error.status >= 400 && error.status < 500) || this.#ending.signal.aborted) throw error;
        this.connection = "waiting";
        this.#changed();
        await sleep(Math.min(5000, 250 * 2 ** failures), this.#ending.signal);
      }
    }
  }

  close() {
    this.#ending.abort();
    this.#others.close();
  }

  get status() {
    return this.live ? "streaming" : this.queue.length > 0 ? "submitted" : "ready";
  }

  /** Sends a message of the user. @param {object[]} parts @param {object[]} pictures what goes along; uploaded first, and shown from memory meanwhile */
  async send(parts, pictures = []) {
    const shown = pictures.map(({ name, blob, preview }) => ({ type: "file", mediaType: blob.type, filename: name, url: preview }));
    const message = { id: newUuid(), role: "user", parts: [...shown, ...parts] };
    const entry = { seq: Infinity, kind: "user", message, part: message.id, pictures };
    this.queue.push(entry);
    this.#changed();
    await this.#append(entry, async () => {
      const files = await Promise.all(pictures.map((picture) => partOf(picture, (one) => this.#upload(one))));
      return { trigger: "submit-message", message: { ...message, parts: [...files, ...parts] } };
    });
  }

  /** Asks for another answer to the last message. */
  regenerate() {
    return this.#ask("again", { trigger: "regenerate-message" });
  }

  /** Answers calls that an assistant message left open: an approval, or the output of a question. */
  answer(message, parts) {
    return this.#ask("answer", { trigger: "submit-message", message: { id: message.id, role: "assistant", parts } });
  }

  #ask(kind, payload) {
    const entry = { seq: Infinity, kind, message: null, part: newUuid() };
    this.queue.push(entry);
    this.#changed();
    return this.#append(entry, () => payload);
  }

  async #upload(picture) {
    const stored = await this.#api.upload(this.id, picture);
    remember(stored.url, picture.blob);
    return stored;
  }

  async stop() {
    this.isStopping = true;
    this.#changed();
    try {
      await this.#api.append(this.id, { kind: "stop" }, newUuid());
    } catch (error) {
      this.isStopping = false; // Another try may get through.
      this.#changed();
      throw error;
    }
  }

  /** Appends what was queued. What one did first goes first, however long its pictures take. */
  #append(entry, payloadOf) {
    this.#appending = this.#appending.then(() => this.#appendNext(entry, payloadOf));
    return this.#appending;
  }

  async #appendNext(entry, payloadOf) {
    try {
      await this.#opening;
      if (!this.isStarted) await this.#start();
      const payload = await payloadOf();
      const record = { kind: "message", payload: { chatId: this.id, ...payload } };
      try {
        entry.seq = await this.#api.append(this.id, record, entry.part);
      } catch (error) {
        if (error.status !== 404) throw error;
        await this.#start();
        entry.seq = await this.#api.append(this.id, record, entry.part);
      }
      this.#note(entry);
      if (entry.message && payload.message) entry.message.parts = payload.message.parts;
      this.#others.postMessage("appended");
      this.#settleOld();
    } catch (error) {
      this.queue = this.queue.filter((other) => other !== entry);
      if (error.code === "session_closed") this.closed ??= "";
      else this.dispatchEvent(new CustomEvent("failed", { detail: { error, message: entry.message, pictures: entry.pictures } }));
    }
    this.#changed();
  }

  async #start() {
    await this.#api.start(this.id, this.agent);
    if (!this.isStarted) this.#follow(-1);
    this.isStarted = true;
  }

  #follow(after) {
    const timer = setInterval(() => document.hidden || this.#drain(), pollEvery);
    this.#ending.signal.addEventListener("abort", () => clearInterval(timer));
    follow({
      url: this.#api.outUrl(this.id),
      headers: (refused) => this.#api.credential(this.id, refused),
      after,
      signal: this.#ending.signal,
      onRecord: (record) => this.#onRecord(record),
      onState: (state) => {
        if (state === this.connection) return;
        this.connection = state;
        this.#changed();
      },
    }).catch((error) => this.dispatchEvent(new CustomEvent("failed", { detail: { error } })));
  }

  async #onRecord(record) {
    if (isCommand(record)) return;
    const control = headerOf(record, "trigger-control");
    if (control === "turn-complete") await this.#endTurn(record);
    else if (control === "session-closed") this.closed = headerOf(record, "session-closed-reason") ?? "";
    else if (!control) await this.#onChunk(record);
    this.#changed();
  }

  async #onChunk(record) {
    let chunk;
    try {
      chunk = JSON.parse(record.body).data;
    } catch {
      return;
    }
    if (typeof chunk?.type !== "string") return;
    if (chunk.type === "start" && chunk.messageId !== this.live?.id) await this.#beginTurn(chunk.messageId);
    else if (!this.live) await this.#beginTurn(newUuid());
    if (chunk.type === "data-pending-message-injected") this.#take(chunk.data?.messageIds ?? []);
    applyChunk(this.live, chunk);
  }

  /** An answer begins: the oldest waiting message is the one it answers. */
  async #beginTurn(messageId) {
    if (!this.queue.some((entry) => entry.seq !== Infinity)) await this.#drainAll();
    this.#begin(this.queue.shift());
    const known = this.messages.findLast((message) => message.id === messageId);
    this.live = known ?? { id: messageId, role: "assistant", parts: [] };
    if (known) delete known.error;
    else this.messages.push(this.live);
  }

  async #endTurn(record) {
    const consumed = Number(headerOf(record, "session-in-event-id") ?? -1);
    if (this.queue.some((entry) => entry.seq === Infinity)) await this.#drainAll();
    if (this.live) {
      closeAll(this.live);
      delete this.live.passing;
    }
    this.live = null;
    this.isStopping = false;
    while (this.queue[0]?.seq <= consumed) this.#place(this.queue.shift());
    this.consumed = consumed;
    if (headerOf(record, "session-closed") === "true") this.closed = headerOf(record, "session-closed-reason") ?? "";
    this.dispatchEvent(new Event("answered"));
  }

  #begin(entry) {
    if (!entry) return;
    this.#place(entry);
    entry.isBegun = true;
    this.#note(entry);
  }

  #note({ isBegun, seq }) {
    if (isBegun && seq !== Infinity) this.#begun = Math.max(this.#begun, seq);
  }

  /** Puts what was waiting where it belongs in the conversation. */
  #place(entry) {
    if (!entry) return;
    if (entry.kind === "again") while (this.messages.at(-1)?.role === "assistant") this.messages.pop();
    if (entry.kind === "user" && !this.messages.some((message) => message.id === entry.message.id)) this.messages.push(entry.message);
  }

  /** Messages that the running turn took up. */
  #take(ids) {
    for (const entry of this.queue.filter((entry) => entry.message && ids.includes(entry.message.id))) {
      this.queue.splice(this.queue.indexOf(entry), 1);
      if (!this.messages.some((message) => message.id === entry.message.id)) this.messages.splice(this.messages.indexOf(this.live), 0, entry.message);
    }
  }

  /** What was appended before a boundary that this window has seen already needs no turn any more. */
  #settleOld() {
    while (!this.live && this.queue[0]?.seq <= (this.consumed ?? -1)) this.#place(this.queue.shift());
  }

  /** Reads what came on `in`, from this window and from others. One reading at a time. */
  #drain() {
    this.#draining ??= this.#readInputs().finally(() => (this.#draining = null));
    return this.#draining;
  }

  /** Reads all that is there by now; a reading under way may have begun before it was. */
  async #drainAll() {
    await this.#draining;
    await this.#drain();
  }

  async #readInputs() {
    let records;
    try {
      records = await this.#api.inputs(this.id, this.#lastIn);
    } catch {
      return; // The next look finds it.
    }
    let isNew = false;
    for (const { seq, kind, payload } of records) {
      this.#lastIn = Math.max(this.#lastIn, seq);
      if (kind === "message" && payload) isNew = this.#queueInput(seq, payload) || isNew;
    }
    if (isNew) {
      this.queue.sort((a, b) => a.seq - b.seq);
      this.#settleOld();
      this.#changed();
    }
  }

  #queueInput(seq, { trigger = "submit-message", message }) {
    const kind = trigger === "regenerate-message" ? "again" : trigger !== "submit-message" || !message ? null : message.role === "user" ? "user" : "answer";
    const isOver = seq <= Math.max(this.consumed ?? -1, this.#begun);
    if (!kind || (kind === "user" && this.messages.some((known) => known.id === message.id))) return false;
    const own = this.queue.find((entry) => entry.seq === seq || (entry.seq === Infinity && entry.kind === kind && (kind !== "user" || entry.message.id === message.id)));
    if (own) {
      own.seq = seq;
      return true;
    }
    if (kind !== "user" && isOver) return false;
    this.queue.push({ seq, kind, message: kind === "user" ? message : null });
    return true;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
