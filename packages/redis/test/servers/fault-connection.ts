import { connect, type Socket } from "node:net";

import { delayLine } from "./delay-line.ts";
import type { Address } from "./port.ts";

/** What is wrong with the network now. One object for all connections, changed while they are open. */
export interface Faults {
  toServerMs: number;
  toClientMs: number;
  isDropping: boolean;
  /** The connections that are to be cut within a reply. */
  reply: ReplyCut | undefined;
  cuts: number;
}

interface ReplyCut {
  readonly afterBytes: number;
  times: number;
  /** How many bytes of replies have passed on each connection. */
  readonly passed: Map<Connection, number>;
}

/** A client's connection to the proxy and the proxy's to the server. */
export interface Connection {
  /** Whether bytes, or the end of it, went missing. */
  readonly hasLost: boolean;
  /** Resets both ends. */
  cut(): void;
  readonly closed: Promise<void>;
}

/** Connects a client to the server, over the network that `faults` describes. */
export function join(client: Socket, target: Address, faults: Faults): Connection {
  const server = connect({ ...target, noDelay: true, allowHalfOpen: true });
  let hasLost = faults.isDropping;
  const loses = (): boolean => {
    hasLost ||= faults.isDropping;
    return faults.isDropping;
  };
  const toServer = delayLine((chunk: Chunk) => {
    if (!loses()) pass(chunk, client, server);
  });
  const toClient = delayLine((chunk: Chunk) => {
    if (loses()) return;
    const room = roomLeft(chunk, faults, connection);
    if (chunk === "end" || room === undefined) return pass(chunk, server, client);
    toServer.clear();
    server.resetAndDestroy();
    // What comes before the cut is to arrive: a reset would overtake it.
    client.end(chunk.subarray(0, room), () => client.destroy());
  });
  const cut = (): void => {
    toServer.clear();
    toClient.clear();
    client.resetAndDestroy();
    server.resetAndDestroy();
  };
  const closed = [client, server].map(
    async (socket) => new Promise<void>((resolve) => void socket.once("close", () => resolve())),
  );
  client.on("data", (chunk: Buffer) => toServer.put(chunk, faults.toServerMs));
  server.on("data", (chunk: Buffer) => toClient.put(chunk, faults.toClientMs));
  client.on("end", () => toServer.put("end", faults.toServerMs));
  server.on("end", () => toClient.put("end", faults.toClientMs));
  // One end was reset, or the server is not there.
  for (const socket of [client, server]) socket.on("error", () => loses() || cut());
  const connection: Connection = {
    get hasLost() {
      return hasLost;
    },
    cut,
    closed: Promise.all(closed).then(() => {}),
  };
  return connection;
}

type Chunk = Buffer | "end";

function pass(chunk: Chunk, from: Socket, to: Socket): void {
  if (chunk === "end") {
    to.end();
  } else if (to.writable && !to.write(chunk)) {
    from.pause();
    to.once("drain", () => from.resume());
  }
}

/** How much of the chunk passes before its connection is cut, if it is. */
function roomLeft(chunk: Chunk, faults: Faults, connection: Connection): number | undefined {
  const { reply } = faults;
  if (reply === undefined) return undefined;
  const passed = reply.passed.get(connection) ?? 0;
  reply.passed.set(connection, passed + chunk.length);
  if (passed + chunk.length <= reply.afterBytes) return undefined;
  faults.cuts++;
  reply.times--;
  if (reply.times === 0) faults.reply = undefined;
  return reply.afterBytes - passed;
}
