import { once } from "node:events";
import { createServer, type IncomingMessage, request, type RequestListener } from "node:http";

import { onTestFinished } from "vitest";

/** An answer as it came over the socket. */
interface Answer {
  readonly status: number;
  /** Repeated headers are apart, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
}

/** Asks the served app; `headers` are the request's. */
export type Ask = (path?: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

/** Serves `app` on a free loopback port until the test ends. */
export async function serve(
  app: RequestListener,
  host = "127.0.0.1",
): Promise<Ask & { url: string }> {
  const server = createServer(app).listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  const ask: Ask = async (path = "/", headers = {}) => {
    const sent = request(url + path, { headers }).end();
    const [message] = (await once(sent, "response")) as [IncomingMessage];
    message.setEncoding("utf8");
    let body = "";
    for await (const chunk of message) body += chunk;
    const distinct = message.headersDistinct as Record<string, string[]>;
    return { status: message.statusCode ?? 0, headers: distinct, body };
  };
  return Object.assign(ask, { url });
}
