import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";

import { onTestFinished } from "vitest";

/** A server for one test, and the connections that are open to it. */
export interface TestServer {
  readonly url: string;
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts a server that is closed when the test has finished. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  const server: Server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return { url: `http://127.0.0.1:${address.port}`, sockets };
}

/** A URL at which nobody listens. */
export async function nowhere(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return `http://127.0.0.1:${address.port}`;
}
