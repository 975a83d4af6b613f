// Reads a stream of a session: server-sent batches of records, resumed after the last one seen for as long as the signal lives.

const window = 120; // Seconds of silence after which the server ends a reading; then the next one begins.
const patience = 45_000; // Milliseconds without even a ping after which a connection counts as dead.

/**
 * Calls `onRecord` for each record in order, once. Waits for what comes next until `signal` aborts.
 * @param {object} how
 * @param {string} how.url the stream
 * @param {() => Promise<Record<string, string>>} how.headers the credential; asked anew with `true` after a refusal
 * @param {number} how.after the last sequence seen, or -1
 * @param {(record: {seq_num: number, timestamp: number, body: string, headers?: string[][]}) => Promise<void> | void} how.onRecord
 * @param {(state: "live" | "waiting") => void} [how.onState]
 * @param {AbortSignal} how.signal
 */
export async function follow({ url, headers, after, onRecord, onState = () => {}, signal }) {
  let last = after;
  let failures = 0;
  let refused = false;
  while (!signal.aborted) {
    try {
      const answer = await open(url, await headers(refused), last, signal);
      if (answer.status === 401 || answer.status === 403) {
        if (refused) throw new Fatal(`Not allowed to read (${answer.status})`);
        refused = true;
        continue;
      }
      if (answer.status >= 400 && answer.status < 500) throw new Fatal(`The stream answered ${answer.status}`);
      if (!answer.ok) throw new Error(`The stream answered ${answer.status}`);
      refused = false;
      onState("live");
      await read(answer.body, async (record) => {
        if (record.seq_num <= last) return;
        last = record.seq_num;
        failures = 0;
        await onRecord(record);
      }, answer.cancel);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Fatal) throw error;
      onState("waiting");
      await sleep(Math.min(5000, 250 * 2 ** failures++), signal);
    }
  }
}

class Fatal extends Error {}

async function open(url, headers, last, signal) {
  const cancel = new AbortController();
  signal.addEventListener("abort", () => cancel.abort(), { once: true });
  const answer = await fetch(url, {
    headers: { ...headers, accept: "text/event-stream", "timeout-seconds": String(window), ...(last >= 0 ? { "last-event-id": String(last) } : {}) },
    signal: cancel.signal,
    cache: "no-store",
  });
  return { ok: answer.ok, status: answer.status, body: answer.body, cancel: () => cancel.abort() };
}

async function read(body, onRecord, cancel) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  let timer = setTimeout(cancel, patience);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(cancel, patience);
      buffer += value;
      let end;
      while ((end = buffer.indexOf("\n\n")) >= 0) {
        const event = parse(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (event.type === "batch") for (const record of JSON.parse(event.data).records) await onRecord(record);
        if (event.type === "error") throw new Error(event.data);
      }
    }
  } finally {
    clearTimeout(timer);
    cancel();
  }
}

function parse(text) {
  let type = "message";
  let data = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("event:")) type = line.slice(6).trim();
    else if (line.startsWith("data:")) data += line.slice(5).trimStart();
  }
  return { type, data };
}

/** Waits, or until the signal aborts. */
export const sleep = (milliseconds, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

/** The value of a record's header, or undefined. */
export const headerOf = (record, name) => record.headers?.find(([key]) => key === name)?.[1];

/** Whether the record is a command, which readers pass over. */
export const isCommand = (record) => record.headers?.[0]?.[0] === "";
