import { createLimiter, slidingWindow } from "@sluice/core";
import { Redis } from "ioredis";
import { expect, it } from "vitest";

import { bareStore } from "./bare-store.ts";
import { withServer } from "./exact-world.ts";

const world = withServer();
const limit = slidingWindow({ name: "rpm", limit: 100, window: "1h", per: ["tenant"] });

it("admits exactly 100 of what 8 connections ask for at once", async () => {
  const clients = Array.from({ length: 8 }, () => new Redis({ port: world.server.port }));
  const limiters = clients.map((client) =>
    createLimiter({ limits: [limit], store: bareStore(client) }),
  );
  for (let run = 0; run < 5; run++) {
    const subject = { tenant: `run-${run}` };
    const decisions = await Promise.all(
      limiters.flatMap((limiter) => Array.from({ length: 100 }, () => limiter.check(subject))),
    );
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(100);
  }
  for (const client of clients) client.disconnect();
});

it("forgets one count among many, and no other", async () => {
  const limiter = createLimiter({ limits: [limit], store: bareStore(world.client) });
  const subjects = Array.from({ length: 10_000 }, (_, index) => ({ tenant: `tenant-${index}` }));
  await limiter.checkMany(subjects.map((subject) => ({ subject })));
  const before = await world.client.dbsize();
  await world.client.config("RESETSTAT");
  await limiter.reset({ tenant: "tenant-777" });
  const stats = await world.client.info("commandstats");
  expect(Number(/evalsha:calls=\d+,usec=(\d+)/.exec(stats)?.[1])).toBeLessThan(1_000);
  expect(await world.client.dbsize()).toBe(before - 1);
});
