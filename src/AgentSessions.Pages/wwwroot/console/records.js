// What a record of either log means, in a line.
import { partsOf } from "../shared/reducer.js";
import { headerOf, isCommand } from "../shared/stream.js";
import { short } from "./format.js";

/** @returns {{kind: string, text: string, group?: string, value: unknown}} `group` names what may be folded with its neighbours */
export function describe(direction, record) {
  try {
    const what = interpret(direction, record);
    return { ...what, kind: String(what.kind), text: String(what.text) };
  } catch {
    // Clients append what they like, and one odd record must not hide the others.
    return { kind: "other", text: short(record.body), value: record };
  }
}

function interpret(direction, record) {
  if (isCommand(record)) return { kind: "command", text: record.headers[0][1], value: { headers: record.headers } };
  const control = headerOf(record, "trigger-control");
  if (control) return describeControl(control, record);
  const envelope = parse(record.body);
  if (direction === "in") return describeInput(parse(envelope?.data), envelope);
  return describeChunk(envelope?.data, envelope);
}

function describeControl(control, record) {
  const shown = record.headers.filter(([name]) => name !== "public-access-token");
  const cursor = headerOf(record, "session-in-event-id");
  const text = control === "turn-complete" ? `everything through in ${cursor ?? "–"} is answered` : headerOf(record, "session-closed-reason") ?? "";
  return { kind: control, text, value: Object.fromEntries(shown), isBoundary: control === "turn-complete", consumed: cursor };
}

function describeInput(input, envelope) {
  if (!input || typeof input !== "object") return { kind: "other", text: short(String(envelope?.data ?? "")), value: envelope };
  if (input.kind !== "message") return { kind: input.kind ?? "other", text: input.message ?? "", value: input };
  const { trigger = "submit-message", message } = input.payload ?? {};
  const parts = partsOf(message);
  const words = parts.filter((part) => part.type === "text").map((part) => part.text).join(" ");
  const answers = parts.filter((part) => part.toolCallId).map((part) => `${part.type.replace(/^tool-/, "")}: ${part.approval ? (part.approval.approved ? "approved" : "denied") : part.state}`);
  const files = parts.filter((part) => part.type === "file").length;
  const text = [words, answers.join(", "), files ? `${files} file${files > 1 ? "s" : ""}` : ""].filter(Boolean).join(" · ");
  return { kind: trigger === "submit-message" ? (message?.role === "assistant" ? "answer" : "message") : trigger, text: short(text, 200), value: input, canFork: message?.role === "user" };
}

function describeChunk(chunk, envelope) {
  if (!chunk || typeof chunk !== "object") return { kind: "other", text: short(String(chunk ?? "")), value: envelope };
  const text =
    chunk.delta ?? chunk.inputTextDelta ?? chunk.errorText ??
    (chunk.toolName ? `${chunk.toolName} ${chunk.input === undefined ? "" : short(JSON.stringify(chunk.input))}` :
    chunk.output !== undefined ? short(JSON.stringify(chunk.output)) :
    chunk.data !== undefined ? short(JSON.stringify(chunk.data)) :
    chunk.messageId ?? chunk.finishReason ?? chunk.approvalId ?? chunk.url ?? "");
  const group = /-delta$/.test(chunk.type) ? `${chunk.type} ${chunk.id ?? chunk.toolCallId}` : undefined;
  return { kind: chunk.type, text, value: chunk, group };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
