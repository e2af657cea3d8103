import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { serve as listen } from "@hono/node-server";
import type { App, Framework, Handler } from "@sluice/conformance";
import { rateLimitOf, webRateLimit, type WebRateLimitOptions } from "@sluice/core/http";

// What is not a part of a web request: its body once it is read, and the address at the other end.
const bodies = new WeakMap<Request, unknown>();
const addresses = new WeakMap<Request, string>();

/** The web's own requests and responses without a framework, as the suite sees them. */
export const framework: Framework<Request> = {
  name: "Request → Response",
  trustsProxies: false,
  header: ({ headers }, name) => headers.get(name) ?? undefined,
  body: (request) => bodies.get(request),
  serve,
};

async function serve({ layers, routes }: App<Request>) {
  let handle = async (request: Request): Promise<Response> =>
    route(routes[new URL(request.url).pathname], request);
  for (const layer of layers.toReversed()) {
    const options = { ...layer, address: (request: Request) => addresses.get(request) };
    handle = webRateLimit(options as WebRateLimitOptions<Request, Response>)(handle);
  }
  const server = listen({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request, { incoming }) {
      addresses.set(request, incoming.socket.remoteAddress ?? "");
      if (request.headers.get("content-type") === "application/json") {
        bodies.set(request, await request.json());
      }
      try {
        return await handle(request);
      } catch (error) {
        const isTheirs = error instanceof Error && "status" in error && error.status === 400;
        return new Response(null, { status: isTheirs ? 400 : 500 });
      }
    },
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** Sees to its own errors, as a handler without a framework has to. */
async function route(handler: Handler | undefined, request: Request): Promise<Response> {
  if (handler === undefined) return new Response(null, { status: 404 });
  try {
    return await answer(handler, request);
  } catch {
    return new Response(null, { status: 500 });
  }
}

async function answer(handler: Handler, request: Request): Promise<Response> {
  const { method, url } = request;
  const reply = await handler({
    method,
    path: new URL(url).pathname,
    body: bodies.get(request),
    header: (name) => request.headers.get(name) ?? undefined,
    rateLimit: rateLimitOf(request),
  });
  const body = typeof reply.body === "string" ? reply.body : ReadableStream.from(reply.body);
  return new Response(body, { status: reply.status ?? 200, headers: reply.headers ?? {} });
}
