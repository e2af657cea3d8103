import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders } from "node:http";

import { expect, it } from "vitest";

import { bundle } from "./bundle.ts";
import { pageText } from "./chromium.ts";
import { limiterBehaviour } from "./expected.ts";

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

it.for([
  ["a page that shares no memory", false, {}],
  ["a cross-origin isolated page", true, isolation],
] as const)(
  "%s in Chromium limits exactly",
  { concurrent: true },
  async ([, isIsolated, headers], context) => {
    await using site = await serve(headers);
    const text = await pageText(context, `chromium-${isIsolated}`, site.url);
    expect(JSON.parse(text)).toEqual({
      ...limiterBehaviour,
      hasDispose: true,
      isIsolated,
      hasSharedMemory: isIsolated,
    });
  },
);

const html = `<!doctype html><body>
<script>onerror = (message) => { document.body.textContent = JSON.stringify(message); };</script>
<script type="module" src="page.js"></script>`;

async function serve(headers: OutgoingHttpHeaders): Promise<AsyncDisposable & { url: string }> {
  const { code } = await bundle('import "./src/page.ts"', { format: "esm" });
  const server = createServer(({ url }, response) => {
    const [type, body] = url === "/page.js" ? ["text/javascript", code] : ["text/html", html];
    response.writeHead(200, { ...headers, "content-type": type }).end(body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
