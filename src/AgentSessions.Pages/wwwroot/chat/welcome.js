// The first screen of a chat: which agent, and what to say to it.
import { byId, h } from "../shared/dom.js";
import { setText, showList } from "../shared/lists.js";

let showsAll = false;

/** @param {{pick: (name: string) => void, say: (text: string) => void}} actions */
export function showWelcome(agents, current, actions) {
  const chosen = agents.find((agent) => agent.name === current) ?? agents[0];
  const shown = agents.filter((agent) => showsAll || agent.featured || agent.name === current);
  showList(byId("agents"), shown, { key: ({ name }) => name, make: (agent) => make(agent, actions) });
  for (const input of byId("agents").querySelectorAll("input")) input.checked = input.value === chosen?.name;
  const more = byId("more");
  more.hidden = showsAll || shown.length === agents.length;
  setText(more, `${agents.length - shown.length} more agents`);
  more.onclick = () => {
    showsAll = true;
    showWelcome(agents, current, actions);
    byId("agents").querySelector("input:checked")?.focus();
  };
  showList(byId("suggestions"), (chosen?.suggestions ?? []).map((text) => ({ text })), {
    key: ({ text }) => text, make: ({ text }) => h("button", { type: "button", onclick: () => actions.say(text) }, text),
  });
}

const make = (agent, actions) =>
  h("label", { class: "agent" },
    h("input", { type: "radio", name: "agent", value: agent.name, onchange: () => actions.pick(agent.name) }),
    h("span", { class: "name" }, agent.name),
    h("span", { class: "about" }, agent.description));
