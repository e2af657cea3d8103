import { createLimiter, slidingWindow } from "@sluice/core";
import { redisStore } from "@sluice/redis";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";

import { startRedis } from "../servers/redis-server.ts";

// On a Cluster: slots/decisions.test.ts.
it("decides on org, team, user, key, model, provider and global limits in one script", async () => {
  await using server = await startRedis();
  const client = new Redis(server.port, server.host);
  onTestFinished(() => client.disconnect());
  const levels = ["org", "team", "user", "key", "model", "provider"];
  const limits = [...levels, "global"].map((name, index) =>
    slidingWindow({
      name,
      limit: 10 - index,
      window: "1h",
      per: name === "global" ? [] : [name],
    }),
  );
  const limiter = createLimiter({ limits, store: redisStore(client, { deadlineMs: 30_000 }) });
  const subject = Object.fromEntries(levels.map((name) => [name, `${name}-1`]));
  const request = async () => (await limiter.check(subject)).limits.map(({ used }) => used);
  await limiter.peek(subject);
  const asked: string[] = [];
  const monitor = await client.monitor();
  onTestFinished(() => monitor.disconnect());
  monitor.on("monitor", (_: string, args: string[], source: string) => {
    // What scripts call is no round trip, and the pulse charges nothing.
    if (source !== "lua" && !args.some((arg) => arg.includes("{~pulse}"))) asked.push(args[0]!);
  });
  for (let count = 1; count <= 4; count++) {
    expect(await request()).toEqual(Array.from({ length: 7 }, () => count));
  }
  expect(await limiter.check(subject)).toMatchObject({ allowed: false, limitedBy: "global" });
  await expect.poll(() => asked.filter((name) => name.startsWith("eval"))).toHaveLength(6);
});
