import { steadyClock } from "@sluice/core";
import type { MakeStore } from "@sluice/core/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll } from "vitest";

import type { BatchStore } from "../src/batch.ts";
import { scriptRunner } from "../src/client.ts";
import { exactStore } from "../src/exact.ts";
import { type RedisServer, startRedis } from "./servers/redis-server.ts";

/** A server for the tests of one file, and a client of it. */
export interface World {
  readonly server: RedisServer;
  readonly client: Redis;
}

/** Starts a server before the tests of a file, and stops it after them. */
export function withServer(): World {
  let server: RedisServer | undefined;
  let client: Redis | undefined;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis({ port: server.port });
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  return {
    get server() {
      return server!;
    },
    get client() {
      return client!;
    },
  };
}

/** Makes exact stores on the server, each under a prefix of its own. */
export function storesOf(
  world: World,
  { writesLooks = true }: { readonly writesLooks?: boolean } = {},
): MakeStore {
  let made = 0;
  return async (clock, rememberMs): Promise<BatchStore> => {
    if (made++ % 20 === 0) await world.client.flushall();
    const options = { prefix: `t${made}:`, clock: steadyClock(clock), rememberMs, writesLooks };
    return exactStore(scriptRunner(world.client), options);
  };
}

/** Every key of the server with all its bytes. */
export async function dumpAll({ client }: World): Promise<Map<string, string>> {
  const keys = (await client.keys("*")).toSorted();
  const dumps = await Promise.all(keys.map(async (key) => client.dumpBuffer(key)));
  return new Map(keys.map((key, index) => [key, String(dumps[index]?.toString("hex"))]));
}
