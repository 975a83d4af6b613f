// Markdown to elements: what agents write as a rule, and nothing that could run. Only http, https and mailto links become links.
import { h } from "./dom.js";

const fence = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const heading = /^(#{1,6})\s+(.*)$/;
const bullet = /^(\s*)[-*+]\s+(.*)$/;
const numbered = /^(\s*)(\d+)[.)]\s+(.*)$/;
const task = /^\[([ xX])\]\s+(.*)$/;
const divider = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Elements for a text. */
export function markdown(text) {
  return blocks(text.split("\n"));
}

function blocks(lines) {
  const out = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i];
    if (line.trim() === "") i++;
    else if (fence.test(line)) i = code(lines, i, out);
    else if (heading.test(line)) {
      const [, marks, text] = line.match(heading);
      out.push(h(`h${Math.min(6, marks.length + 2)}`, {}, inline(text)));
      i++;
    } else if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) {
      out.push(h("hr"));
      i++;
    } else if (line.startsWith(">")) i = quote(lines, i, out);
    else if (bullet.test(line) || numbered.test(line)) i = list(lines, i, out);
    else if (line.includes("|") && divider.test(lines[i + 1] ?? "")) i = table(lines, i, out);
    else i = paragraph(lines, i, out);
  }
  return out;
}

function code(lines, i, out) {
  const [, indent, marks, language] = lines[i].match(fence);
  const isEnd = (line) => line.trim().startsWith(marks) && line.trim().replaceAll(marks[0], "") === "";
  const body = [];
  for (i++; i < lines.length && !isEnd(lines[i]); i++) body.push(lines[i].startsWith(indent) ? lines[i].slice(indent.length) : lines[i]);
  out.push(h("pre", { tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code" }, h("code", {}, body.join("\n"))));
  return i + 1;
}

function quote(lines, i, out) {
  const body = [];
  for (; i < lines.length && lines[i].startsWith(">"); i++) body.push(lines[i].replace(/^>\s?/, ""));
  out.push(h("blockquote", {}, blocks(body)));
  return i;
}

function list(lines, i, out) {
  const isNumbered = numbered.test(lines[i]);
  const pattern = isNumbered ? numbered : bullet;
  const indent = lines[i].match(/^\s*/)[0].length;
  const items = [];
  for (; i < lines.length; i++) {
    const line = lines[i];
    const depth = line.match(/^\s*/)[0].length;
    if (pattern.test(line) && depth <= indent + 1) items.push([line.replace(pattern, isNumbered ? "$3" : "$2")]);
    else if (line.trim() !== "" && depth > indent && items.length > 0) items.at(-1).push(line.slice(Math.min(depth, indent + 2)));
    else break;
  }
  const start = isNumbered ? lines[i - items.flat().length].match(numbered)[2] : null;
  out.push(h(isNumbered ? "ol" : "ul", { start: start === "1" ? null : start }, items.map(([first, ...rest]) => h("li", { class: task.test(first) ? "task" : null }, item(first), blocks(rest)))));
  return i;
}

function item(text) {
  const [, done, rest] = text.match(task) ?? [];
  return rest === undefined ? inline(text) : [h("input", { type: "checkbox", checked: done !== " ", disabled: true, "aria-label": done === " " ? "Open" : "Done" }), " ", inline(rest)];
}

function table(lines, i, out) {
  const cells = (line) => line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  const head = cells(lines[i]);
  const sides = cells(lines[i + 1]).map((cell) => cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : null);
  const rows = [];
  for (i += 2; i < lines.length && lines[i].includes("|"); i++) rows.push(cells(lines[i]));
  out.push(h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((cell, n) => h("th", { scope: "col", class: sides[n] }, inline(cell))))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, n) => h("td", { class: sides[n] }, inline(cell)))))))));
  return i;
}

function paragraph(lines, i, out) {
  const body = [lines[i]];
  for (i++; i < lines.length && lines[i].trim() !== "" && !fence.test(lines[i]) && !heading.test(lines[i]) && !bullet.test(lines[i]) && !numbered.test(lines[i]) && !lines[i].startsWith(">"); i++) {
    body.push(lines[i]);
  }
  const content = [];
  body.forEach((line, n) => {
    if (n > 0) content.push(h("br"));
    content.push(...inline(line));
  });
  out.push(h("p", {}, content));
  return i;
}

// A picture becomes a link to it: loading it would tell its host who reads.
const marks = /\\([!-\/:-@[-`{-~])|(`+)(.+?)\2|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*?)\*|(?<![\w])_([^_\s][^_]*?)_(?![\w])|~~(.+?)~~|!?\[([^\]]*)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>()]+[^\s<>().,;:!?])/;

function inline(text) {
  const out = [];
  for (let rest = text; rest !== ""; ) {
    const match = rest.match(marks);
    if (!match) {
      out.push(rest);
      break;
    }
    if (match.index > 0) out.push(rest.slice(0, match.index));
    out.push(mark(match));
    rest = rest.slice(match.index + match[0].length);
  }
  return out;
}

function mark([whole, escaped, , exact, strong, strong2, soft, soft2, gone, label, target, bare]) {
  if (escaped !== undefined) return escaped;
  if (exact !== undefined) return h("code", {}, exact);
  if (strong !== undefined || strong2 !== undefined) return h("strong", {}, inline(strong ?? strong2));
  if (soft !== undefined || soft2 !== undefined) return h("em", {}, inline(soft ?? soft2));
  if (gone !== undefined) return h("del", {}, inline(gone));
  const href = safeHref(target ?? bare);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label || bare || target) : whole;
}

/** The address if it is one a link may have, else null. */
export function safeHref(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
