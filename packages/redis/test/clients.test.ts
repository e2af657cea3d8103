import { createLimiter, slidingWindow } from "@sluice/core";
import { type RedisClient, redisStore } from "@sluice/redis";
import { Redis } from "ioredis";
import { Redis as Valkey } from "iovalkey";
import { createClient } from "redis";
import { expect, it } from "vitest";

import { bareStore } from "./bare-store.ts";
import { claimOf } from "./claims.ts";
import { withServer } from "./exact-world.ts";

const world = withServer();
const limits = [slidingWindow({ name: "rpm", limit: 2, window: "1h", per: ["tenant"] })];
const acme = { tenant: "acme" };

interface Connected {
  readonly client: RedisClient;
  readonly close: () => unknown;
}

const clients: Readonly<Record<string, (port: number) => Promise<Connected>>> = {
  ioredis: async (port) => {
    const client = new Redis({ port });
    return { client, close: () => client.disconnect() };
  },
  "ioredis that leaves numbers as text": async (port) => {
    const client = new Redis({ port, stringNumbers: true });
    return { client, close: () => client.disconnect() };
  },
  iovalkey: async (port) => {
    const client = new Valkey({ port });
    return { client, close: () => client.disconnect() };
  },
  "node-redis": async (port) => {
    const client = createClient({ socket: { port } });
    await client.connect();
    return { client, close: () => client.close() };
  },
};

it.each(Object.keys(clients))("works by %s, also when the server knows no script", async (name) => {
  const { client, close } = await clients[name]!(world.server.port);
  await world.client.flushall();
  const limiter = createLimiter({ limits, store: redisStore(client, { deadlineMs: 10_000 }) });
  const asked: unknown[] = [];
  for (let call = 0; call < 3; call++) {
    await world.client.script("FLUSH");
    const { allowed, limits: states } = await limiter.check(acme);
    asked.push([allowed, states[0]?.used]);
  }
  await close();
  expect(asked).toEqual([
    [true, 1],
    [true, 2],
    [false, 2],
  ]);
});

it("tells what was wrong, and not of scripts, when a command fails otherwise", async () => {
  const failing: RedisClient = {
    evalsha: () =>
      Promise.reject(new Error("READONLY You can't write against a read only replica.")),
    eval: () => Promise.reject(new Error("not to be called")),
  };
  const limiter = createLimiter({ limits, store: bareStore(failing) });
  await expect(limiter.check(acme)).rejects.toThrow("READONLY");
});

it.each([
  ["NOSCRIPT No matching script.", 1],
  ["Too many Cluster redirections. Last error: ReplyError: NOSCRIPT No matching script.", 1],
  ["ERR user_script:1: NOSCRIPT, on @user_script:1.", 0],
])("sends the script itself to who says %j, %i times", async (message, times) => {
  let sent = 0;
  const client = {
    evalsha: () => Promise.reject(new Error(message)),
    async eval() {
      sent++;
      return [1, 1, 1, 1_000];
    },
  };
  await Promise.allSettled([bareStore(client).reserve([claimOf(limits[0]!, 1)])]);
  expect(sent).toBe(times);
});

it.each([[["a", 1]], [[1.5, 1]], ["OK"], [[1]], [[1, 2, 3]], [null], [[9, 1, 0, 0, 0, 0, 0]]])(
  "refuses to read %j as an answer",
  async (reply) => {
    const store = bareStore({ evalsha: async () => reply, eval: async () => reply });
    const limiter = createLimiter({ limits, store });
    await expect(limiter.check(acme)).rejects.toMatchObject({ code: "invalid-reply" });
    await expect(limiter.penalize(acme, {})).rejects.toMatchObject({ code: "invalid-reply" });
    await expect(limiter.checkMany([{ subject: acme }])).rejects.toMatchObject({
      code: "invalid-reply",
    });
  },
);

it.each<readonly [string, () => unknown]>([
  [
    'redisStore: prefix must be 1 to 64 printable characters without spaces and braces, got "{a}"',
    () => redisStore(world.client, { prefix: "{a}" }),
  ],
  [
    "redisStore: clock must be a function, got 7",
    () => redisStore(world.client, { clock: 7 as never }),
  ],
  [
    'redisStore: remember must be a positive duration of at most ten years, as 60000 or "1m", got "0m"',
    () => redisStore(world.client, { remember: "0m" }),
  ],
  [
    'redisStore: option must be one of prefix, remember, deadlineMs, failure, share, denyCache, shares, observe, clock, got "nothing"',
    () => redisStore(world.client, { nothing: 1 } as never),
  ],
  [
    "redisStore: client must be one of ioredis, iovalkey or node-redis, got an object",
    () => redisStore({} as never),
  ],
])("says %s", (message, make) => {
  expect(make).toThrow(expect.objectContaining({ code: "invalid-option", message }));
});
