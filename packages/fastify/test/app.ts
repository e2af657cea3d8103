import { Readable } from "node:stream";

import type { App, Framework } from "@sluice/conformance";
import { rateLimit } from "@sluice/fastify";
import fastify, { type FastifyRequest } from "fastify";

/** Fastify, as the suite sees it. */
export const framework: Framework<FastifyRequest> = {
  name: "Fastify 5",
  trustsProxies: true,
  header: ({ headers }, name) => headers[name]?.toString(),
  body: ({ body }) => body,
  serve,
};

async function serve({ layers, routes, trustProxy = false }: App<FastifyRequest>) {
  const app = fastify({ trustProxy, forceCloseConnections: true, exposeHeadRoutes: false });
  for (const layer of layers) await app.register(rateLimit, layer);
  app.all("/*", async (request, reply) => {
    const handler = routes[request.url];
    if (handler === undefined) return reply.callNotFound();
    const { method, url, body, rateLimit: state } = request;
    const header = (name: string): string | undefined => request.headers[name]?.toString();
    const answer = await handler({ method, path: url, body, header, rateLimit: state });
    reply.code(answer.status ?? 200).headers(answer.headers ?? {});
    if (typeof answer.body === "string") return reply.send(answer.body);
    return reply.send(Readable.from(answer.body, { objectMode: true }));
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url, close: async () => app.close() };
}
