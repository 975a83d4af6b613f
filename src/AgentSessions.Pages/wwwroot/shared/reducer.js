// Builds a message of chunks, as they come on `out`. Changes the message it is given.

/** Applies one chunk. @returns {boolean} whether the message looks different now */
export function applyChunk(message, chunk) {
  const rule = rules[chunk.type] ?? (chunk.type.startsWith("data-") ? data : undefined);
  return rule ? rule(message, chunk) !== false : false;
}

const rules = {
  "start": (message, chunk) => {
    if (chunk.messageMetadata) message.metadata = { ...message.metadata, ...chunk.messageMetadata };
  },
  "start-step": (message) => void message.parts.push({ type: "step-start" }),
  "text-start": (message, chunk) => void message.parts.push({ type: "text", text: "", state: "streaming", open: chunk.id }),
  "text-delta": (message, chunk) => extend(message, "text", chunk),
  "text-end": (message, chunk) => close(message, "text", chunk),
  "reasoning-start": (message, chunk) => void message.parts.push({ type: "reasoning", text: "", state: "streaming", open: chunk.id }),
  "reasoning-delta": (message, chunk) => extend(message, "reasoning", chunk),
  "reasoning-end": (message, chunk) => close(message, "reasoning", chunk),
  "tool-input-start": (message, chunk) => void Object.assign(call(message, chunk), { state: "input-streaming", inputText: "" }),
  "tool-input-delta": (message, chunk) => {
    const part = find(message, chunk.toolCallId);
    if (!part) return false;
    part.inputText = (part.inputText ?? "") + chunk.inputTextDelta;
  },
  "tool-input-available": (message, chunk) => void Object.assign(call(message, chunk), { state: "input-available", input: chunk.input }),
  "tool-input-error": (message, chunk) => void Object.assign(call(message, chunk), { state: "output-error", input: chunk.input, errorText: chunk.errorText }),
  "tool-approval-request": (message, chunk) => update(message, chunk, { state: "approval-requested", approval: { id: chunk.approvalId } }),
  "tool-output-available": (message, chunk) => update(message, chunk, { state: "output-available", output: chunk.output, preliminary: chunk.preliminary }),
  "tool-output-error": (message, chunk) => update(message, chunk, { state: "output-error", errorText: chunk.errorText }),
  "tool-output-denied": (message, chunk) => update(message, chunk, { state: "output-denied" }),
  "source-url": (message, chunk) => void message.parts.push({ ...chunk }),
  "source-document": (message, chunk) => void message.parts.push({ ...chunk }),
  "file": (message, chunk) => void message.parts.push({ type: "file", mediaType: chunk.mediaType, url: chunk.url }),
  "message-metadata": (message, chunk) => void (message.metadata = { ...message.metadata, ...chunk.messageMetadata }),
  "error": (message, chunk) => void (message.error = chunk.errorText),
  "abort": (message) => void (message.stopped = true),
  "finish-step": (message) => closeAll(message),
  "finish": (message) => closeAll(message),
};

function extend(message, type, { id, delta }) {
  const part = message.parts.findLast((part) => part.type === type && part.open === id);
  if (!part) return false;
  part.text += delta;
}

function close(message, type, { id }) {
  const part = message.parts.findLast((part) => part.type === type && part.open === id);
  if (!part) return false;
  part.state = "done";
  delete part.open;
}

/** Ends what a message left open; a stopped or broken answer closes nothing by itself. */
export function closeAll(message) {
  for (const part of message.parts) {
    if (part.state === "streaming") part.state = "done";
    delete part.open;
  }
}

const find = (message, toolCallId) => message.parts.findLast((part) => part.toolCallId === toolCallId);

function call(message, { toolCallId, toolName, dynamic, title }) {
  let part = find(message, toolCallId);
  if (!part) {
    part = dynamic ? { type: "dynamic-tool", toolName, toolCallId } : { type: `tool-${toolName}`, toolCallId };
    if (title) part.title = title;
    message.parts.push(part);
  }
  return part;
}

function update(message, { toolCallId }, fields) {
  const part = find(message, toolCallId);
  if (!part) return false;
  Object.assign(part, fields);
}

function data(message, chunk) {
  if (chunk.transient) {
    message.passing = chunk;
    return true;
  }
  const part = chunk.id && message.parts.find((part) => part.type === chunk.type && part.id === chunk.id);
  if (part) part.data = chunk.data;
  else message.parts.push({ type: chunk.type, id: chunk.id, data: chunk.data });
}

/** Whether a part is a call of a tool. */
export const isTool = (part) => part.type === "dynamic-tool" || part.type.startsWith("tool-");

/** The name of a called tool. */
export const toolName = (part) => part.toolName ?? part.type.slice(5);

/** A message's words. */
/** A message's parts that can be shown: a client may append anything as a message. */
export const partsOf = (message) => (Array.isArray(message?.parts) ? message.parts.filter(isPart) : []);

const isPart = (part) => typeof part?.type === "string" && (typeof part.text === "string" || (part.type !== "text" && part.type !== "reasoning"));

export const textOf = (message) => partsOf(message).filter((part) => part.type === "text").map((part) => part.text).join("");
