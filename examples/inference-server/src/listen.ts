import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";

/** Serves `listener` on a free loopback port. */
export async function listen(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  // Never closed by us while idle: a request could be on its way just then.
  server.keepAliveTimeout = 0;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return { server, port: address.port };
}
