import { ask } from "../servers/ask.ts";
import type { FaultProxy } from "../servers/fault-proxy.ts";
import type { RedisServer } from "../servers/redis-server.ts";

/** Something that happens to a server, or on the way there. */
export interface Fault {
  readonly name: string;
  readonly strike: (server: RedisServer, proxy: FaultProxy) => unknown;
  readonly heal: (server: RedisServer, proxy: FaultProxy) => unknown;
  /** It strikes before anyone has connected. */
  readonly atBoot?: true;
  /** It happens on the way to the server. */
  readonly isNetwork?: true;
  /** Decisions stay exact. */
  readonly isHarmless?: true;
  /** What the server knew is lost. */
  readonly losesState?: true;
}

const nothing = (): void => {};

export const faults: readonly Fault[] = [
  {
    name: "kill -9",
    strike: async (server) => server.kill(),
    heal: async (server) => server.restart(),
    losesState: true,
  },
  { name: "SIGSTOP", strike: (server) => server.pause(), heal: (server) => server.resume() },
  {
    name: "restart",
    strike: async (server) => server.restart(),
    heal: nothing,
    losesState: true,
  },
  {
    name: "SCRIPT FLUSH",
    strike: async (server) => ask(server, "SCRIPT", "FLUSH"),
    heal: nothing,
    isHarmless: true,
  },
  {
    name: "FLUSHALL",
    strike: async (server) => ask(server, "FLUSHALL"),
    heal: nothing,
    isHarmless: true,
    losesState: true,
  },
  {
    name: "READONLY",
    strike: async (server) => ask(server, "REPLICAOF", "127.0.0.1", "1"),
    heal: async (server) => ask(server, "REPLICAOF", "NO", "ONE"),
  },
  {
    name: "OOM",
    strike: async (server) => ask(server, "CONFIG", "SET", "maxmemory", "1"),
    heal: async (server) => ask(server, "CONFIG", "SET", "maxmemory", "0"),
  },
  {
    name: "down at boot",
    strike: async (server) => server.kill(),
    heal: async (server) => server.restart(),
    atBoot: true,
  },
  {
    name: "cut mid-reply",
    isNetwork: true,
    strike: (_, proxy) => proxy.cutReply(7, 4),
    heal: async (_, proxy) => proxy.restore(),
  },
  {
    name: "100 ms delay",
    isNetwork: true,
    strike: (_, proxy) => proxy.delay({ toClientMs: 100 }),
    heal: (_, proxy) => proxy.delay({ toClientMs: 0 }),
  },
  {
    name: "half-open",
    isNetwork: true,
    strike: (_, proxy) => proxy.drop(),
    heal: async (_, proxy) => proxy.restore(),
  },
];
