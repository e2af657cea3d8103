import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { type HttpBindings, serve } from "@hono/node-server";
import type { App, Framework as FrameworkOf, Handler, Served } from "@sluice/conformance";
import { rateLimit } from "@sluice/hono";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";

type Environment = { Variables: { body: unknown } };
type Framework = FrameworkOf<Context<Environment>>;

const common: Omit<Framework, "name" | "serve"> = {
  // Hono has no setting for proxies.
  trustsProxies: false,
  header: (c, name) => c.req.header(name),
  body: (c) => c.get("body"),
};

/** Hono on Node, as the suite sees it. */
export const onNode: Framework = {
  ...common,
  name: "Hono 4 on Node",
  serve: async (app) => listen(fetchOf(app)),
};

/** Hono as on the runtimes whose requests and responses are all that there is; what it is told of the connection is as on Deno. */
export const onWeb: Framework = {
  ...common,
  name: "Hono 4 on the web's own requests and responses",
  serve: async (app) => {
    const fetch = fetchOf(app);
    return listen((request, { incoming }) =>
      fetch(request, { remoteAddr: { hostname: incoming.socket.remoteAddress } }),
    );
  },
};

function fetchOf({ layers, routes }: App<Context<Environment>>): Hono<Environment>["fetch"] {
  const app = new Hono<Environment>();
  app.use(async (c, next) => {
    if (c.req.header("content-type") === "application/json") c.set("body", await c.req.json());
    await next();
  });
  for (const layer of layers) app.use(rateLimit(layer));
  for (const [path, handler] of Object.entries(routes)) app.all(path, answerWith(handler));
  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.text("failed", 500),
  );
  return app.fetch;
}

async function listen(
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>,
): Promise<Served> {
  const server = serve({ fetch: fetch as never, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function answerWith(handler: Handler) {
  return async (c: Context<Environment>): Promise<Response> => {
    const {
      status = 200,
      headers = {},
      body,
    } = await handler({
      method: c.req.method,
      path: c.req.path,
      body: c.get("body"),
      header: (name) => c.req.header(name),
      rateLimit: c.get("rateLimit"),
    });
    if (typeof body === "string") return new Response(body, { status, headers });
    return new Response(ReadableStream.from<Uint8Array>(body), {
      status,
      headers,
    });
  };
}
