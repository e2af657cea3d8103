import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { App, Framework } from "@sluice/conformance";
import { rateLimit } from "@sluice/express";
import type express from "express";

/** One version of Express, as the suite sees it. */
export function frameworkOf(name: string, create: typeof express): Framework<express.Request> {
  return {
    name,
    trustsProxies: true,
    header: (req, header) => req.get(header),
    body: (req) => req.body,
    serve: async (app) => serve(create, app),
  };
}

async function serve(
  create: typeof express,
  { layers, routes, trustProxy = false }: App<express.Request>,
) {
  // "test" keeps it from printing the errors that the suite provokes.
  const app = create().set("trust proxy", trustProxy).set("env", "test");
  app.use(create.json({ limit: "10mb" }));
  for (const layer of layers) app.use(rateLimit(layer));
  app.use((req, res, next) => {
    const handler = routes[req.path];
    if (handler === undefined) return next();
    void answer(handler, req, res).catch(next);
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  handler: App<express.Request>["routes"][string],
  req: express.Request,
  res: express.Response,
): Promise<void> {
  const { method, path, rateLimit: state, body } = req;
  const header = (name: string): string | undefined => req.get(name);
  const reply = await handler({ method, path, body, header, rateLimit: state });
  res.status(reply.status ?? 200).set(reply.headers ?? {});
  if (typeof reply.body === "string") return void res.send(reply.body);
  // A client that leaves ends the pipeline, and with it the body; there is nobody to tell.
  const source = Readable.from(reply.body, { objectMode: false }).on("error", () => {});
  await pipeline(source, res).catch(() => res.destroy());
}
