import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startRedis, type RedisServer } from "../../../redis/test/servers/redis-server.ts";
import { play } from "./play.ts";
import { ours, theirs } from "./plugins.ts";
import { bans } from "./scenarios/bans.ts";
import { callbacks } from "./scenarios/callbacks.ts";
import { contexts } from "./scenarios/contexts.ts";
import { headers } from "./scenarios/headers.ts";
import { keys } from "./scenarios/keys.ts";
import { limits } from "./scenarios/limits.ts";
import { manual } from "./scenarios/manual.ts";
import { redisScenarios } from "./scenarios/redis.ts";
import { routes } from "./scenarios/routes.ts";
import { sockets } from "./scenarios/sockets.ts";
import { stores } from "./scenarios/stores.ts";

const all = (plugin: typeof theirs) => [
  ...[limits, headers, keys, callbacks, bans, routes, contexts({ plugin }), manual, stores].flat(),
  ...[redisScenarios, sockets].flat(),
];
const [played, expected] = [all(ours), all(theirs)];

let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.port);
  // Connected before the time is set, as it measures how long that takes.
  await redis.ping();
});

afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

describe("answers as @fastify/rate-limit does", () => {
  it.each(played.map((scenario, at) => [scenario.title, scenario, expected[at]!] as const))(
    "%s",
    async (_title, scenario, same) => {
      const connection = scenario.redis && redis;
      await connection?.flushall();
      const theirAnswers = await play(theirs, same, connection);
      await connection?.flushall();
      expect(await play(ours, scenario, connection)).toEqual(theirAnswers);
      expect(theirAnswers.length).toBeGreaterThan(0);
    },
  );

  it("in at least 150 scenarios that differ", () => {
    const distinct = new Set(played.map(({ title }) => title));
    expect([distinct.size, distinct.size >= 150]).toEqual([played.length, true]);
  });

  it("only where something was asked", () => {
    const asked = played.filter(({ steps }) =>
      steps.some((step) => typeof step !== "object" || !("wait" in step)),
    );
    expect(asked).toHaveLength(played.length);
  });
});
