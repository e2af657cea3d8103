import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

import { type AsyncStore, type Claim, slidingWindow } from "@sluice/core";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { shares } from "../src/shares.ts";
import { bareStore } from "./bare-store.ts";
import { claimOf } from "./claims.ts";
import { fullest, runFleet } from "./fleet/fleet.ts";
import { type RedisServer, startRedis } from "./servers/redis-server.ts";

let server: RedisServer;
let client: Redis;

beforeAll(async () => {
  server = await startRedis();
  client = new Redis(server.port, server.host);
});

afterAll(async () => {
  client.disconnect();
  await server.stop();
});

/** So many times as much are the window and the lifetime of a slice where a machine stalls for as long as a slice lives. */
const slower = [1, 2, 4, 8];
/** So many times as long as a slice counts the fleet runs. */
const cycles = 2;

/** Of a run: the most in any window by two clocks, what was used of the limit, and decided at once; and decisions to a refill. */
async function run(limit: number, costs: readonly number[], times: number) {
  const windowMs = 2_000 * times;
  const ttlMs = 100 * times;
  const cycleMs = windowMs + ttlMs;
  await client.flushall();
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const { reports, startMs } = await runFleet(4, {
    host: server.host,
    port: server.port,
    limit,
    windowMs,
    slice: 50 * mean,
    ttlMs,
    costs,
    stores: 4,
    perSecond: (3 * limit) / (windowMs / 1_000) / 4 / mean,
    stopMs: cycles * cycleMs,
  });
  const grants = reports.flatMap((report) => report.grants);
  const [byServer, byMachine] = fullest(grants, windowMs);
  // Over whole cycles, as a window is used up early in each.
  const granted = grants
    .filter(([before]) => before < startMs + cycles * cycleMs)
    .reduce((sum, [, , , cost]) => sum + cost, 0);
  const counts = reports.flatMap((report) => report.counts);
  const total = (name: "local" | "waited" | "refills"): number =>
    counts.reduce((sum, count) => sum + count[name], 0);
  const decided = total("local") + total("waited");
  return {
    byServer,
    byMachine,
    used: granted / ((limit * cycles * cycleMs) / windowMs),
    local: total("local") / decided,
    perRefill: decided / total("refills"),
  };
}

describe("sixteen stores in four processes that ask for three times the limit", () => {
  it.each([
    ["requests", 8_000, [1]],
    ["tokens", 80_000, [1, 5, 7, 20, 17]],
  ] as const)(
    "never admit more %s than the limit, use nine tenths of it, and decide nine tenths at once",
    async (unit, limit, costs) => {
      let isGood = false;
      // What is used, and decided at once, is less where the machine stalls for a slice's lifetime; what is admitted never more.
      for (const times of slower) {
        const figures = await run(limit, costs, times);
        process.stdout.write(`${unit}, x ${times}: ${JSON.stringify(figures)}\n`);
        expect(figures.byServer).toBeLessThanOrEqual(limit);
        expect(figures.byMachine).toBeLessThanOrEqual(limit);
        isGood = figures.used >= 0.9 && figures.local >= 0.9;
        if (isGood) break;
      }
      expect(isGood).toBe(true);
    },
  );
});

describe("a hot key", () => {
  const limit = slidingWindow({ name: "hot", limit: 1e9, window: "1m", per: [] });
  const claims: Claim[] = [claimOf(limit)];

  /** Decisions in a millisecond, of one caller after another. */
  async function speed(store: AsyncStore, ms: number): Promise<number> {
    const start = performance.now();
    let done = 0;
    for (; performance.now() < start + ms; done += 50) {
      for (let step = 0; step < 50; step++) await store.reserve(claims);
      await turn();
    }
    return done / (performance.now() - start);
  }

  it("is decided ten times as fast in slices of fifty as one by one", async () => {
    const exact = bareStore(client, { prefix: "speed:" });
    const shared = shares(exact, { shares: new Map([["hot", { slice: 50, ttlMs: 250 }]]) });
    await speed(shared, 100);
    await speed(exact, 100);
    const ratios: number[] = [];
    for (let round = 0; round < 3; round++) {
      ratios.push((await speed(shared, 200)) / (await speed(exact, 200)));
    }
    await shared.giveBack();
    expect(Math.max(...ratios)).toBeGreaterThanOrEqual(10);
  });
});

describe("a process that falls idle", () => {
  it("gives back what it has not used long before its lifetime ends", async () => {
    const limit = slidingWindow({ name: "idle", limit: 100, window: "1m", per: [] });
    const exact = bareStore(client, { prefix: "idle:" });
    const share = new Map([["idle", { slice: 50, ttlMs: 10_000 }]]);
    const busy = shares(exact, { shares: share });
    const other = shares(exact, { shares: share });
    const claims = [claimOf(limit)];
    for (let step = 0; step < 12; step++) {
      await busy.reserve(claims);
      await sleep(2);
    }
    const counted = async (): Promise<number> => (await other.peek(claims)).states[0]!;
    const start = performance.now();
    expect(await counted()).toBeGreaterThan(12);
    while ((await counted()) > 12 && performance.now() < start + 4_000) await sleep(20);
    expect(await counted()).toBe(12);
    expect(performance.now() - start).toBeLessThan(4_000);
  });
});
