// Elements for the parts of a message. An element is kept while its part grows, so that what is open stays open and selections hold.
import { parseAttachment, showable } from "./attachments.js";
import { h, icon } from "./dom.js";
import { markdown, safeHref } from "./markdown.js";
import { isTool, partsOf, toolName } from "./reducer.js";

const states = {
  "input-streaming": "writing the request",
  "input-available": "running",
  "approval-requested": "waiting for you",
  "approval-responded": "answered",
  "output-available": "done",
  "output-error": "failed",
  "output-denied": "not allowed",
};

/**
 * Shows a message's parts in a container.
 * @param {object} actions what can be done: `approve(part, yes)` and `answer(part, output)`; without it parts are only shown
 */
export function showParts(container, message, isLive, actions) {
  const shown = partsOf(message).filter(isShown);
  shown.forEach((part, index) => {
    const element = container.children[index];
    const sign = signOf(part, isLive, actions);
    if (element?.partSign === sign) return;
    try {
      put(container, element, kindOf(part), part, isLive, actions);
    } catch {
      // Its fields are not what its type says: it is shown as it is.
      put(container, element, "data", part);
    }
    container.children[index].partSign = sign;
  });
  while (container.children.length > shown.length) container.lastChild.remove();
}

function put(container, element, kind, part, isLive, actions) {
  if (element && element.partKind === kind && update[kind]) return update[kind](element, part, isLive, actions);
  const made = make[kind](part, isLive, actions);
  made.partKind = kind;
  if (element) element.replaceWith(made);
  else container.append(made);
}

const isShown = (part) =>
  part.type !== "step-start" && part.type !== "data-pending-message-injected" && !((part.type === "text" || part.type === "reasoning") && part.text.trim() === "");

const kindOf = (part) =>
  part.type === "text" || part.type === "reasoning" || part.type === "file" ? part.type
  : part.type.startsWith("source-") ? "source"
  : isTool(part) ? (isQuestion(part) ? "question" : "tool")
  : "data";

const signOf = (part, isLive, actions) =>
  part.type === "text" || part.type === "reasoning" ? `${part.text.length}${part.state}${isLive}` : part.type === "file" ? part.url : JSON.stringify(part) + Boolean(actions) + (isTool(part) ? isLive : "");

function picture(part) {
  const image = h("img", { class: "picture", alt: part.filename ?? "Attached picture" });
  if (parseAttachment(part.url)) showable(part.url).then((url) => (image.src = url), () => image.replaceWith(fileName(part, " (not available)")));
  else image.src = part.url;
  return image;
}

const fileName = (part, note = "") => h("p", { class: "file" }, `${part.filename ?? part.mediaType ?? "File"}${note}`);

const isQuestion = (part) => typeof part.input?.question === "string" && part.state !== "input-streaming";

const make = {
  text: (part) => h("div", { class: "text" }, markdown(part.text)),
  reasoning: (part, isLive) => {
    const label = h("span", {}, reasoningLabel(part, isLive));
    const element = h("details", { class: "reasoning" }, h("summary", {}, icon("thought"), label), h("div", { class: "inner" }, markdown(part.text)));
    return element;
  },
  file: (part) =>
    part.mediaType?.startsWith("image/") && (/^(data:image\/|blob:)/.test(part.url ?? "") || parseAttachment(part.url)) ? picture(part) : fileName(part),
  source: (part) => {
    const href = safeHref(part.url ?? "");
    const label = part.title ?? part.url ?? "Source";
    return h("p", { class: "source" }, href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label) : label);
  },
  data: (part) => h("details", { class: "card data" }, h("summary", {}, h("span", { class: "name" }, part.type.replace(/^data-/, ""))), json(part.data ?? part)),
  tool: (part, isLive, actions) => tool(part, isLive, actions),
  question: (part, isLive, actions) => question(part, isLive, actions),
};

// Only what differs is made anew, as a rule the last block of a growing text; what somebody opened stays open.
const update = {
  text: (element, part) => refill(element, markdown(part.text)),
  reasoning: (element, part, isLive) => {
    element.querySelector("summary span").textContent = reasoningLabel(part, isLive);
    refill(element.querySelector(".inner"), markdown(part.text));
  },
  data: (element, part) => refill(element, [...make.data(part).children]),
  tool: (element, part, isLive, actions) => {
    const fresh = tool(part, isLive, actions);
    const waited = element.classList.contains("approval-requested");
    if (waited !== fresh.open) element.open = fresh.open;
    element.className = fresh.className;
    for (const [index, child] of [...fresh.children].entries()) refill(element.children[index], [...child.childNodes]);
  },
};

function refill(element, blocks) {
  blocks.forEach((block, index) => {
    const old = element.childNodes[index];
    if (!old) element.append(block);
    else if (!old.isEqualNode(block)) old.replaceWith(block);
  });
  while (element.childNodes.length > blocks.length) element.lastChild.remove();
}

const reasoningLabel = (part, isLive) => (part.state === "streaming" && isLive ? "Thinking…" : "Thoughts");

const json = (value) => h("pre", { tabindex: "0" }, h("code", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2)));

function tool(part, isLive, actions) {
  const waits = part.state === "approval-requested";
  const isRunning = part.state === "input-streaming" || part.state === "input-available";
  const state = isRunning && !isLive ? "left open" : part.preliminary ? "running" : states[part.state] ?? part.state;
  return h(
    "details",
    { class: `card tool ${part.state}`, open: waits },
    h("summary", {}, icon("tool"), h("span", { class: "name" }, part.title ?? toolName(part)), h("span", { class: `state ${isRunning && isLive ? "busy" : ""}` }, state)),
    h("div", { class: "inner" },
      part.input !== undefined ? [h("p", { class: "label" }, "Request"), json(part.input)] : part.inputText ? json(part.inputText) : null,
      part.output !== undefined ? [h("p", { class: "label" }, "Result"), json(part.output)] : null,
      part.errorText ? h("p", { class: "wrong" }, part.errorText) : null,
      waits && actions ? approval(part, actions) : null),
  );
}

function approval(part, actions) {
  const box = h("div", { class: "choices", role: "group", "aria-label": `Allow ${toolName(part)}?` });
  const choose = (yes) => () => {
    for (const button of box.children) button.disabled = true;
    actions.approve(part, yes);
  };
  box.append(
    h("button", { type: "button", class: "primary", onclick: choose(true) }, icon("check"), "Approve"),
    h("button", { type: "button", onclick: choose(false) }, "Deny"));
  return box;
}

function question(part, isLive, actions) {
  const isOpen = part.state === "input-available" && !isLive && actions;
  const { question, options = [] } = part.input;
  if (!isOpen) {
    const answer = part.output === undefined ? null : typeof part.output === "string" ? part.output : JSON.stringify(part.output);
    return h("div", { class: "card question" }, h("p", { class: "asked" }, question), answer === null ? null : h("p", { class: "chosen" }, icon("check"), answer));
  }
  const id = `question-${part.toolCallId}`;
  const box = h("form", { class: "card question", "aria-labelledby": id });
  const send = (text) => {
    if (!text) return;
    for (const control of box.querySelectorAll("button, input")) control.disabled = true;
    actions.answer(part, text);
  };
  const own = h("input", { type: "text", "aria-label": "Another answer", placeholder: "Something else…", autocomplete: "off" });
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    send(own.value.trim());
  });
  box.append(
    h("p", { class: "asked", id }, question),
    h("div", { class: "choices" }, options.map((option) => h("button", { type: "button", onclick: () => send(String(option)) }, String(option)))),
    h("div", { class: "own" }, own, h("button", { type: "submit", class: "primary" }, "Answer")));
  return box;
}
