import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

import type { App, Framework, Handler } from "@sluice/conformance";
import type { Store } from "@sluice/core";
import { nodeRateLimit, type RequestState } from "@sluice/core/http";

/** A request whose body has been read. */
interface Read extends IncomingMessage {
  content?: unknown;
  rateLimit?: RequestState;
}

/** `node:http` without a framework, as the suite sees it. */
export const framework: Framework<Read> = {
  name: "node:http",
  trustsProxies: false,
  header: ({ headers }, name) => headers[name]?.toString(),
  body: ({ content }) => content,
  serve,
};

async function serve({ layers, routes }: App<Read>) {
  let handle = (req: Read, res: ServerResponse): unknown => route(routes[req.url ?? ""], req, res);
  for (const layer of layers.toReversed()) {
    handle = nodeRateLimit<Read, ServerResponse, Store>(layer)(handle);
  }
  const server = createServer((req: Read, res) => {
    void (async () => {
      if (req.headers["content-type"] === "application/json") req.content = await json(req);
      handle(req, res);
    })().catch(() => res.writeHead(400).end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function route(handler: Handler | undefined, req: Read, res: ServerResponse): Promise<void> {
  if (handler === undefined) return void res.writeHead(404).end();
  const { method = "GET", url = "", content, rateLimit } = req;
  const header = (name: string): string | undefined => req.headers[name]?.toString();
  const reply = await handler({ method, path: url, body: content, header, rateLimit });
  res.writeHead(reply.status ?? 200, reply.headers);
  if (typeof reply.body === "string") return void res.end(reply.body);
  // A client that leaves ends the pipeline, and with it the body; there is nobody to tell.
  const source = Readable.from(reply.body, { objectMode: false }).on("error", () => {});
  await pipeline(source, res).catch(() => res.destroy());
}
