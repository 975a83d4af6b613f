// The page that docs/packages/AgentSessions.Client.AspNetCore.md shows, as it stands there, in a real browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { build } from "esbuild";
import { closeBrowser, newPage, noBrowser, seen } from "./browser.mjs";
import { baseURL } from "./server.mjs";
import { transportOptions } from "./transports.mjs";

after(closeBrowser);

const described = readFileSync(new URL("../../docs/packages/AgentSessions.Client.AspNetCore.md", import.meta.url), "utf8");
const block = (language) => described.match(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms"))[1];

test("the described page shows an answer", { skip: noBrowser }, async (t) => {
  const { outputFiles } = await build({
    stdin: { contents: block("jsx").replaceAll("http://127.0.0.1:3030", baseURL), loader: "jsx", resolveDir: import.meta.dirname },
    bundle: true, format: "esm", platform: "browser", external: ["node:*"], write: false, define: { "process.env.NODE_ENV": '"production"' },
  });
  const { startSession, accessToken } = transportOptions("echo");
  const answers = {
    "/": () => ["text/html", block("html")],
    "/main.jsx": () => ["text/javascript", outputFiles[0].text],
    "/actions/start": async (body) => ["application/json", JSON.stringify(await startSession(body))],
    "/actions/token": async (body) => ["application/json", JSON.stringify({ token: await accessToken(body) })],
  };
  const site = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const [type, text] = await answers[request.url]?.(body && JSON.parse(body)) ?? ["text/plain", ""];
    response.setHeader("content-type", type).end(text);
  });
  await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
  t.after(() => (site.closeAllConnections(), site.close()));

  const page = await newPage();
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  await page.type("input", "hello page");
  await page.keyboard.press("Enter");
  await seen(page, "You said: hello page");

  assert.deepEqual(page.complaints, []);
});
