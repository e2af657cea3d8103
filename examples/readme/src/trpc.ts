import { rateLimit } from "@sluice/trpc";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";

const t = initTRPC.context<{ ip: string | undefined }>().create();
const limited = t.procedure.use(rateLimit()); // 60 calls a minute for each client address
createHTTPServer({
  router: t.router({ hello: limited.query(() => "hello") }),
  createContext: ({ req }) => ({ ip: req.socket.remoteAddress }),
}).listen(Number(process.env["PORT"] ?? 3000));
