import { rateLimit } from "@sluice/fastify";
import { fastify, type FastifyPluginAsync, type FastifyRequest } from "fastify";

import { keyHeader, type Limiting, limitsOf, plenty } from "../limiting.ts";

/** A Fastify app that answers a few bytes, behind `limiting`; its port. */
export async function serveFastify(limiting: Limiting): Promise<number> {
  const app = fastify();
  if (limiting === "peer") {
    // Named so that its types do not come with it: both packages say what a route's `config.rateLimit` is.
    const name: string = "@fastify/rate-limit";
    const { default: peerLimit }: { default: FastifyPluginAsync<Record<string, unknown>> } =
      await import(name);
    await app.register(peerLimit, {
      timeWindow: 60_000,
      max: plenty,
      enableDraftSpec: true,
      keyGenerator: (request: FastifyRequest) => String(request.headers[keyHeader]),
    });
  } else if (limiting !== "none") {
    await app.register(rateLimit, {
      limits: limitsOf(limiting),
      subject: (request) => ({ key: String(request.headers[keyHeader]) }),
    });
  }
  app.get("/", () => "hello");
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  return Number(new URL(url).port);
}
