// Questions before something that cannot be taken back, and messages about what went wrong.
import { byId, h } from "../shared/dom.js";

/**
 * Asks. @returns {Promise<string | true | null>} what was typed, true without a field, null if called off
 * @param {{title: string, text: string, yes: string, field?: string, value?: string, isDangerous?: boolean}} question
 */
export function ask({ title, text, yes, field, value = "", isDangerous = false }) {
  return new Promise((resolve) => {
    const input = field ? h("input", { type: "text", id: "dialog-field", value, autocomplete: "off" }) : null;
    const dialog = h("dialog", { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
      h("form", { method: "dialog" },
        h("h2", { id: "dialog-title" }, title),
        h("p", { id: "dialog-text", class: "faint" }, text),
        input && h("label", { for: "dialog-field" }, field, input),
        h("div", { class: "choices" },
          h("button", { value: "yes", class: `primary ${isDangerous ? "danger" : ""}` }, yes),
          h("button", { value: "no", formnovalidate: true, autofocus: isDangerous || null }, "Keep things as they are"))));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue !== "yes" ? null : input ? input.value.trim() : true);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function say(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (box.hidden = true), 6000);
}

/** Runs what a button does; the button is off meanwhile, and a failure is told. */
export const doing = (work) => async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message);
  } finally {
    button.disabled = false;
  }
};
