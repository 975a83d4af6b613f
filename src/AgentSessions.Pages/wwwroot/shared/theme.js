// Light, dark, or whatever the system says: kept in this browser, set before anything is painted.
const key = "theme";
const order = ["auto", "light", "dark"];

let theme = localStorage.getItem(key) ?? "auto";
apply();

function apply() {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Makes a button step through the themes. */
export function wireTheme(button) {
  const name = () => {
    button.setAttribute("aria-label", `Theme: ${theme}. Change`);
    button.title = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    localStorage.setItem(key, theme);
    apply();
    name();
  });
  name();
}
