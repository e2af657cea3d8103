import { type Clock, createLimiter, slidingWindow } from "@sluice/core";
import {
  compareWithOracle,
  drawEpisode,
  manualClock,
  type Operation,
  playEpisode,
  seededRandom,
  storeContract,
} from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { bareStore } from "./bare-store.ts";
import { storesOf, withServer } from "./exact-world.ts";

const world = withServer();

describe("the redis store", () => {
  let made = 0;
  storeContract({ describe, it }, (clock: Clock, remember: number) =>
    bareStore(world.client, { clock, remember, prefix: `contract-${made++}:` }),
  );
});

describe("the exact store", () => {
  it("answers random operations as the oracle does", async () => {
    const comparison = { makeStore: storesOf(world), operations: 30_000, seed: 20_261_123 };
    expect(await compareWithOracle(comparison)).toMatchObject({
      "reserve: id-conflict": expect.any(Number),
    });
  });

  it("answers as the oracle without writing looks, where the numbers of a limit stay", async () => {
    const makeStore = storesOf(world, { writesLooks: false });
    const random = seededRandom(7);
    for (let done = 0; done < 12_000; done += 400) {
      const drawn = drawEpisode(random, 400);
      const limits = drawn.limits.map(steady);
      const operations = drawn.operations.filter(
        (operation: Operation) => operation.kind !== "update",
      );
      expect(await playEpisode({ ...drawn, limits, operations }, makeStore)).toBeUndefined();
    }
  });

  it("keeps every key for a while by a clock of its own, whatever that says", async () => {
    const clock = manualClock(-5);
    const store = bareStore(world.client, { clock, prefix: "below:" });
    const limit = slidingWindow({ name: "a", limit: 1, window: 1, per: [] });
    await createLimiter({ limits: [limit], store }).check({});
    const [key = ""] = await world.client.keys("below:*");
    expect(await world.client.pttl(key)).toBeGreaterThan(3_600_000);
  });
});

/** The same limit with one window, and one refill, for all. */
function steady<T extends object>(spec: T): T {
  const numbers = Object.entries(spec).filter(([name]) => name === "window" || name === "refill");
  return { ...spec, ...Object.fromEntries(numbers.map(([name, value]) => [name, leafOf(value)])) };
}

function leafOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("table" in value)) return value;
  return leafOf(Object.values(value.table as object)[0]);
}
