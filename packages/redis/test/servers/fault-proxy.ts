import { once } from "node:events";
import { createServer, type Socket } from "node:net";

import { type Connection, type Faults, join } from "./fault-connection.ts";
import { type Address, host, onFreePort, onSamePort } from "./port.ts";

/** Passes connections on to one server, until told to be a bad network. Switches work at once, on all connections. */
export interface FaultProxy extends Address, AsyncDisposable {
  readonly url: string;
  /** How many connections are open. */
  readonly connections: number;
  /** Bytes that arrive from now on are passed on so much later, in order; 0 as in the beginning. */
  delay(delays: { readonly toServerMs?: number; readonly toClientMs?: number }): void;
  /** Loses all bytes, either way, and the end of a connection too. New connections are accepted, and never answered. */
  drop(): void;
  /** Cuts all connections and listens no more: new ones are refused. */
  refuse(): Promise<void>;
  /**
   * Passes `afterBytes` of what the server answers from now on, and cuts the connection at the next one; the same for the next
   * connections until it has been done `times` times (default 1). With 0 bytes the server has done what it was asked to,
   * and its client cannot know.
   */
  cutReply(afterBytes: number, times?: number): void;
  /** How many connections `cutReply` has cut. */
  readonly cuts: number;
  /** Resets all connections, and loses what is on its way. */
  cut(): void;
  /** Is a good network again. Connections that have lost bytes are cut: they could not make sense again. */
  restore(): Promise<void>;
  /** Ends it, with all connections. */
  close(): Promise<void>;
}

/** A proxy on a free loopback port in front of `target`. */
export async function startFaultProxy(target: Address): Promise<FaultProxy> {
  const connections = new Set<Connection>();
  const faults: Faults = {
    toServerMs: 0,
    toClientMs: 0,
    isDropping: false,
    reply: undefined,
    cuts: 0,
  };
  const accept = (client: Socket): void => {
    const connection = join(client, target, faults);
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  };
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, accept);
  const listen = async (port: number): Promise<number> => {
    await once(listener.listen(port, host), "listening");
    return port;
  };
  const port = await onFreePort(listen);
  const cut = (): void => {
    for (const connection of connections) connection.cut();
  };
  const refuse = async (): Promise<void> => {
    const closed = listener.listening ? once(listener.close(), "close") : undefined;
    const ended = [...connections].map(async (connection) => connection.closed);
    cut();
    await Promise.all([closed, ...ended]);
  };
  return {
    host,
    port,
    url: `redis://${host}:${port}`,
    get connections() {
      return connections.size;
    },
    get cuts() {
      return faults.cuts;
    },
    delay({ toServerMs = 0, toClientMs = 0 }) {
      Object.assign(faults, { toServerMs, toClientMs });
    },
    drop() {
      faults.isDropping = true;
    },
    refuse,
    cutReply(afterBytes, times = 1) {
      faults.reply = { afterBytes, times, passed: new Map() };
    },
    cut,
    async restore() {
      Object.assign(faults, { toServerMs: 0, toClientMs: 0, isDropping: false, reply: undefined });
      for (const connection of connections) if (connection.hasLost) connection.cut();
      if (!listener.listening) await onSamePort(async () => listen(port));
    },
    close: refuse,
    [Symbol.asyncDispose]: refuse,
  };
}
