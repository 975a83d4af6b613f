// The operator console: signing in, and which view is open.
import { byId } from "../shared/dom.js";
import { fetchAttachmentsWith } from "../shared/attachments.js";
import { wireTheme } from "../shared/theme.js";
import * as api from "./api.js";
import { Budgets } from "./budgets.js";
import { Server } from "./server.js";
import { Session } from "./session.js";
import { Sessions } from "./sessions.js";

const sessions = new Sessions();
const session = new Session({ gone: () => ((location.hash = "#/sessions"), sessions.load()) });
const server = new Server();
const budgets = new Budgets();
const views = ["sessions", "budgets", "server"];

function route() {
  if (!api.hasKey()) return showSignIn();
  const [, wantedView, id] = location.hash.split("/");
  const view = views.includes(wantedView) ? wantedView : "sessions";
  byId("sign-in").hidden = true;
  byId("console").hidden = false;
  document.body.classList.toggle("one", Boolean(id));
  for (const name of views) {
    byId(name).hidden = name !== view;
    if (name === view) byId(`go-${name}`).setAttribute("aria-current", "page");
    else byId(`go-${name}`).removeAttribute("aria-current");
  }
  byId("nothing-open").hidden = Boolean(id);
  ({ sessions, budgets, server })[view].load();
  const wanted = id ? decodeURIComponent(id) : null;
  sessions.select(wanted);
  if (wanted === null) session.close();
  else if (session.id !== wanted) session.open(wanted);
}

function showSignIn(error = "") {
  session.close();
  byId("console").hidden = true;
  byId("sign-in").hidden = false;
  byId("key-error").textContent = error;
  byId("key").focus();
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  api.setKey(byId("key").value.trim());
  try {
    await api.sessions({ size: 1 });
    byId("key").value = "";
    route();
  } catch (error) {
    api.forgetKey();
    showSignIn(error.status === 401 || error.status === 403 ? "This is neither a secret key nor an administrator token of this server." : error.message);
  }
});
byId("sign-out").addEventListener("click", () => (api.forgetKey(), showSignIn()));
addEventListener("signed-out", () => {
  if (byId("sign-in").hidden) (api.forgetKey(), showSignIn("The key is not accepted any more."));
});
addEventListener("unreachable", () => (byId("unreachable").hidden = false));
addEventListener("reached", () => (byId("unreachable").hidden = true));
addEventListener("hashchange", route);
fetchAttachmentsWith(api.attachment);
wireTheme(byId("theme"));
route();
