import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** What a server writes to one request, and how it ends the connection then. */
export interface Script {
  /** The response, byte by byte, from its status line on. */
  readonly bytes: readonly Uint8Array[];
  /**
   * `"fin"`; `"rst"`; `"open"`: not at all; and over TLS `"close-notify"`, or `"fin"` and `"rst"` without one.
   */
  readonly end: "fin" | "rst" | "open" | "close-notify";
}

/** A server of raw bytes. */
export interface RawServer {
  readonly url: string;
  /** The same over TLS, where there is a certificate. */
  readonly tlsUrl: string | undefined;
  /** Connections that are open. */
  open(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

// What was written must have been read before it is cut: a reset may overtake it.
const beforeCutMs = 25;

/** A server that answers each request with the script that `scriptOf` has for its path, over TCP and, with `certificate`, over TLS. */
export async function rawServer(
  scriptOf: (path: string) => Script,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const plain = createServer((socket) => {
    keep(sockets, socket);
    answer(socket, scriptOf, (end) => {
      if (end === "fin") socket.end();
      else if (end === "rst") socket.resetAndDestroy();
    });
  });
  const servers: Server[] = [plain];
  let tlsUrl: string | undefined;
  if (certificate !== undefined) {
    // The cut is made by what stands between, so that TLS itself cannot say good-bye.
    const cuts = new Map<number, (end: Script["end"]) => void>();
    const inner = createTlsServer(certificate, (socket) => {
      keep(sockets, socket);
      answer(socket, scriptOf, (end) => {
        if (end === "close-notify") socket.end();
        else cuts.get(socket.remotePort!)?.(end);
      });
    });
    const innerPort = await listening(inner);
    const outer = createServer((client) => {
      keep(sockets, client);
      const server = connect(innerPort, "127.0.0.1");
      keep(sockets, server);
      server.once("connect", () => {
        cuts.set(server.localPort!, (end) => {
          server.unpipe(client);
          if (end === "fin") client.end();
          else if (end === "rst") client.resetAndDestroy();
        });
      });
      client.pipe(server);
      server.pipe(client);
    });
    servers.push(inner, outer);
    tlsUrl = `https://localhost:${await listening(outer)}`;
  }
  return {
    url: `http://127.0.0.1:${await listening(plain)}`,
    tlsUrl,
    open: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function answer(
  socket: Socket,
  scriptOf: (path: string) => Script,
  end: (end: Script["end"]) => void,
): void {
  let request = "";
  socket.on("data", (data) => {
    request += data.toString("latin1");
    const head = request.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(request.slice(0, head))?.[1] ?? 0);
    if (request.length < head + 4 + length) return;
    const script = scriptOf(request.split(" ", 2)[1]!);
    request = "";
    void write(socket, script).then(() => end(script.end));
  });
}

async function write(socket: Socket, { bytes, end }: Script): Promise<void> {
  socket.setNoDelay(true);
  for (const part of bytes) {
    socket.write(part);
    // Apart, so that they are read apart.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (end !== "open") await new Promise((resolve) => setTimeout(resolve, beforeCutMs));
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("error", () => undefined);
  socket.on("close", () => sockets.delete(socket));
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
