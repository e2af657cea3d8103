import { flushCompileCache } from "node:module";

import type { Framework } from "./framework.ts";
import type { Limiting } from "./limiting.ts";

/** What a server process is to serve: few bytes behind limits, a model's stream, or a gateway to one. */
export type Served =
  | { readonly kind: "hello"; readonly framework: Framework; readonly limiting: Limiting }
  | { readonly kind: "model"; readonly events: number }
  | { readonly kind: "gateway"; readonly upstream: number; readonly isMetered: boolean };

const served: Served = JSON.parse(process.argv[2]!);
process.on("disconnect", () => process.exit());
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send!(user + system);
});
const port = await open();
// It is killed in the end, and would write nothing then.
flushCompileCache();
process.send!(port);

/** Only what is at hand is loaded. */
async function open(): Promise<number> {
  if (served.kind === "model") {
    return (await import("./servers/model.ts")).serveModel(served.events);
  }
  if (served.kind === "gateway") {
    return (await import("./servers/gateway.ts")).serveGateway(served.upstream, served.isMetered);
  }
  switch (served.framework) {
    case "express":
      return (await import("./servers/express.ts")).serveExpress(served.limiting);
    case "fastify":
      return (await import("./servers/fastify.ts")).serveFastify(served.limiting);
    case "hono":
      return (await import("./servers/hono.ts")).serveHono(served.limiting);
  }
}
