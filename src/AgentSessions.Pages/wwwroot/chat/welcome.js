// The first screen of a chat: which agent, and what to say to it.
import { byId, h } from "../shared/dom.js";

let showsAll = false;

/** @param {{pick: (name: string) => void, say: (text: string) => void}} actions */
export function showWelcome(agents, current, actions) {
  const chosen = agents.find((agent) => agent.name === current) ?? agents[0];
  const shown = agents.filter((agent) => showsAll || agent.featured || agent.name === current);
  byId("agents").replaceChildren(...shown.map((agent) =>
    h("label", { class: "agent" },
      h("input", { type: "radio", name: "agent", value: agent.name, checked: agent.name === chosen?.name, onchange: () => actions.pick(agent.name) }),
      h("span", { class: "name" }, agent.name),
      h("span", { class: "about" }, agent.description))));
  const more = byId("more");
  more.hidden = showsAll || shown.length === agents.length;
  more.textContent = `${agents.length - shown.length} more agents`;
  more.onclick = () => {
    showsAll = true;
    showWelcome(agents, current, actions);
    byId("agents").querySelector("input:checked")?.focus();
  };
  byId("suggestions").replaceChildren(...(chosen?.suggestions ?? []).map((text) => h("button", { type: "button", onclick: () => actions.say(text) }, text)));
}
