import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { bundle } from "./bundle.ts";
import { pageText } from "./chromium.ts";
import { engines } from "./engines.ts";
import { fromPackage } from "./needed.ts";
import { project } from "./project.ts";
import { run } from "./run.ts";
import { workerOf } from "./workerd.ts";

const facts = {
  "/whole": [200, "complete", "success", true],
  "/busy": [200, "complete", "overloaded", "success", true],
  "/cut": [200, "complete", "truncated", "success", true],
  "/stream": [200, "complete", "success", true],
  "/broken-stream": [true, "finish-missing", "truncated"],
  "/later": "enough",
  "data:": "whole",
};

const whole = JSON.stringify({
  object: "chat.completion",
  choices: [{ index: 0, message: { content: "a sluice" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
});
const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const begun = event({ content: "a sluice" });

// How often each client has asked for a path: what goes wrong goes wrong the first time.
const asked = new Map<string, number>();

function answer(path: string, response: ServerResponse): void {
  const times = (asked.get(path) ?? 0) + 1;
  asked.set(path, times);
  const name = path.slice(path.lastIndexOf("/"));
  const json = { "content-type": "application/json" };
  const events = { "content-type": "text/event-stream" };
  if (name === "/busy" && times === 1) response.writeHead(503, json).end('{"error":{}}');
  else if (name === "/cut" && times === 1) {
    // Its framing is whole, its JSON is not.
    response.writeHead(200, json).end(whole.slice(0, 60));
  } else if (name === "/later") response.writeHead(503, { ...json, "retry-after": "60" }).end("{}");
  else if (name === "/stream") {
    response.writeHead(200, events).end(`${begun}${event({}, "stop")}data: [DONE]\n\n`);
  } else if (name === "/broken-stream") response.writeHead(200, events).end(begun);
  else response.writeHead(200, json).end(whole);
}

// The page has loaded once its picture has, which it is sent when the page is done.
const html = `<!doctype html><body><p></p><img src="picture">
<script>onerror = (message) => { document.body.textContent = JSON.stringify(message); };</script>
<script type="module" src="page.js"></script>`;
const files = new Map([["/page", ["text/html", html]]]);
let picture: ServerResponse | undefined;

const server = createServer(({ url = "" }, response) => {
  const [type, body] = files.get(url) ?? [];
  if (type !== undefined) response.writeHead(200, { "content-type": type }).end(body);
  else if (url === "/picture") picture = response;
  else if (url === "/done") {
    picture?.end();
    response.end();
  } else answer(url, response);
});
let origin: string;

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  origin = `http://127.0.0.1:${address.port}`;
  const statement = `import { clientFacts } from "./src/client-facts.ts";
void clientFacts(process.argv[2]).then((facts) => process.stdout.write(JSON.stringify(facts)));`;
  for (const [format, file] of [
    ["esm", "client.mjs"],
    ["cjs", "client.cjs"],
  ] as const) {
    const { code } = await bundle(statement, { format, external: [/^@sluice\//] });
    await writeFile(join(project(), file), code);
  }
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
});

describe.for(engines)("%s", ([engine, file, args]) => {
  it.for(["client.mjs", "client.cjs"])(
    "repeats what failed or was cut, tells a broken stream, and stops waiting when told (%s)",
    async (script, context) => {
      const program = fromPackage(context, file);
      const printed = await run(context, program, [
        ...args,
        script,
        `${origin}/${engine}${script}`,
      ]);
      expect(JSON.parse(printed)).toEqual(facts);
    },
  );
});

it("a page in Chromium does the same", async (context) => {
  const statement = `import { clientFacts } from "./src/client-facts.ts";
const facts = await clientFacts(location.origin + "/chromium").catch(String);
document.querySelector("p").textContent = JSON.stringify(facts);
await fetch("done");`;
  const { code } = await bundle(statement, { format: "esm" });
  files.set("/page.js", ["text/javascript", code]);
  const text = await pageText(context, "chromium-client", `${origin}/page`);
  expect(JSON.parse(text.trim().split("\n", 1)[0]!)).toEqual(facts);
});

it("workerd does the same", async (context) => {
  const statement = `import { clientFacts } from "./src/client-facts.ts";
const fetch = async () => Response.json(await clientFacts(${JSON.stringify(`${origin}/workerd`)}));
export default { fetch };`;
  const url = await workerOf(context, "workerd-client", statement);
  expect(await (await fetch(url)).json()).toEqual(facts);
});
