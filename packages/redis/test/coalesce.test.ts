import {
  type AsyncStore,
  type Claim,
  memoryStore,
  type Outcome,
  slidingWindow,
} from "@sluice/core";
import { manualClock, oracleStore, seededRandom, storeContract } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { coalesce } from "../src/coalesce.ts";
import { claimOf } from "./claims.ts";
import { later } from "./later.ts";

const rpm = slidingWindow({ name: "rpm", limit: 3, window: "1m", per: ["tenant"] });

function bench() {
  const inner = later(memoryStore({ clock: manualClock() }));
  return { inner, store: coalesce(inner) };
}

const one = (tenant = "acme", cost = 1): Claim[] => [claimOf(rpm, cost, tenant)];

describe("coalesced", () => {
  storeContract({ describe, it }, (clock, rememberMs) =>
    coalesce(later(memoryStore({ clock, remember: rememberMs }))),
  );

  it("sends what is reserved in one tick as one batch, and gives everyone their own outcome", async () => {
    const { inner, store } = bench();
    const outcomes = await Promise.all(
      [1, 1, 2, 1, 1].map((cost) => store.reserve(one("a", cost))),
    );
    expect(inner.asked).toEqual(["reserveEach 5"]);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual([
      "allowed",
      "allowed",
      "refused",
      "allowed",
      "refused",
    ]);
    expect(outcomes.map(({ states }) => states[0])).toEqual([1, 2, 2, 3, 3]);
  });

  it("sends a lone request as it came", async () => {
    const { inner, store } = bench();
    await store.reserve(one());
    await store.reserve(one());
    expect(inner.asked).toEqual(["reserve", "reserve"]);
  });

  it.each([
    [2, [2]],
    [32, [32]],
    [33, [17, 16]],
    [64, [32, 32]],
    [128, [64, 64]],
    [150, [64, 64, 22]],
  ])("sends %i as batches of %j", async (calls, sizes) => {
    const { inner, store } = bench();
    await Promise.all(Array.from({ length: calls }, (_, index) => store.reserve(one(`t${index}`))));
    expect(inner.asked).toEqual(sizes.map((size) => `reserveEach ${size}`));
  });

  it("sends what waits before any other verb", async () => {
    const { inner, store } = bench();
    const lease = { id: "one", expiresAfterMs: 1_000, repeatable: false };
    const settlement = { id: "one", amounts: [0], unreported: "estimate" } as const;
    await Promise.all([
      store.reserve(one()),
      store.reserve(one("b")),
      store.reserve(one(), lease),
      store.reserve(one()),
      store.settle(one(), settlement),
      store.reserve(one()),
      store.extend(one(), { id: "one", amounts: [1] }),
      store.reserve(one()),
      store.adjust(one(), "refund"),
      store.reserve(one()),
      store.peek(one()),
      store.reserve(one()),
      store.block(one(), 5),
      store.reserve(one()),
      store.reset(one()),
      store.reserve(one()),
      store.reserveMany([one()]),
    ]);
    const others = ["extend", "adjust", "peek", "block", "reset", "reserveMany 1"];
    expect(inner.asked).toEqual([
      "reserveEach 4",
      "settle",
      ...others.flatMap((verb) => ["reserve", verb]),
    ]);
  });

  it("fails everyone of a batch with its one error, and nobody of the next", async () => {
    const { inner, store } = bench();
    inner.failure = new Error("connection lost");
    const failed = await Promise.allSettled([store.reserve(one()), store.reserve(one())]);
    expect(failed).toEqual([
      { status: "rejected", reason: inner.failure },
      { status: "rejected", reason: inner.failure },
    ]);
    await expect(store.reserve(one())).rejects.toBe(inner.failure);
    inner.failure = undefined;
    expect((await store.reserve(one())).states[0]).toBe(1);
  });

  it("lets a request with too many claims fail alone", async () => {
    const { inner } = bench();
    const refused = new Error("at most 32 claims");
    const reserve: AsyncStore["reserve"] = async (claims, lease) => {
      if (claims.length > 32) throw refused;
      return inner.reserve(claims, lease);
    };
    const strict = coalesce({ ...inner, reserve });
    const many = Array.from({ length: 33 }, (_, index) => claimOf(rpm, 1, `t${index}`));
    const [before, wrong, after] = await Promise.allSettled([
      strict.reserve(one()),
      strict.reserve(many),
      strict.reserve(one()),
    ]);
    expect(before.status).toBe("fulfilled");
    expect(wrong).toEqual({ status: "rejected", reason: refused });
    expect(after.status).toBe("fulfilled");
  });

  it("sends leases along, and rejects an id that conflicts for its caller alone", async () => {
    const { inner, store } = bench();
    const lease = { id: "twice", expiresAfterMs: 1_000, repeatable: true };
    const [check, first, again, other, last] = await Promise.allSettled([
      store.reserve(one()),
      store.reserve(one(), lease),
      store.reserve(one(), lease),
      store.reserve(one("acme", 2), lease),
      store.reserve(one()),
    ]);
    expect(inner.asked).toEqual(["reserveEach 5"]);
    expect(other).toMatchObject({ status: "rejected", reason: { code: "id-conflict" } });
    const told = [check, first, again, last].map((each) =>
      each.status === "fulfilled" ? [each.value.replayed, each.value.states[0]] : each.reason,
    );
    expect(told).toEqual([
      [false, 1],
      [false, 2],
      [true, 2],
      [false, 3],
    ]);
  });

  it("keeps each outcome good while others call the store again", async () => {
    const { inner } = bench();
    const shared = new Float64Array(12);
    const careless = coalesce({
      ...inner,
      async reserveEach(requests) {
        const answers = await inner.reserveEach(requests);
        return answers.map((answer, index) => {
          const outcome = answer as Outcome;
          shared.set(Array.from(outcome.states).slice(0, 4), index * 4);
          return { ...outcome, states: shared.subarray(index * 4, index * 4 + 4) };
        });
      },
    });
    // Hears first, and spoils the numbers of the others.
    void careless.reserve(one()).then(() => shared.fill(9));
    const [first, second] = await Promise.all([careless.reserve(one()), careless.reserve(one())]);
    expect([first.states[0], second.states[0]]).toEqual([2, 3]);
  });

  it("decides on many at once as one by one in the same order", async () => {
    const random = seededRandom(7);
    const limits = [2, 5, 9].map((limit) =>
      slidingWindow({ name: `l${limit}`, limit, window: 100, per: ["tenant"] }),
    );
    for (let round = 0; round < 20; round++) {
      const clock = manualClock();
      const store = coalesce(later(memoryStore({ clock })));
      const oracle = oracleStore(clock);
      for (let step = 0; step < 5; step++) {
        const batch = Array.from({ length: random.integer(1, 100) }, () => {
          const tenant = random.pick(["a", "b", "c"]);
          return limits
            .filter(() => !random.oneIn(3))
            .map((limit) => claimOf(limit, random.integer(0, 3), tenant));
        }).filter((claims) => claims.length > 0);
        const got = await Promise.all(batch.map((claims) => store.reserve(claims)));
        for (const [index, outcome] of got.entries()) {
          expect(outcome).toEqual(oracle.reserve(batch[index]!));
        }
        clock.advance(random.integer(0, 60));
      }
    }
  });

  it("gathers callers that await in loops, whatever each does in between", async () => {
    const inner = later(memoryStore({ clock: manualClock() }));
    inner.beforeAnswer = () => new Promise((resolve) => setImmediate(resolve));
    const store = coalesce(inner);
    await Promise.all(
      Array.from({ length: 64 }, async (_, caller) => {
        for (let step = 0; step < 10; step++) {
          await store.reserve(one(`t${caller}`));
          for (let turn = 0; turn < caller % 7; turn++) await Promise.resolve();
        }
      }),
    );
    expect(inner.asked).toEqual(Array.from({ length: 20 }, () => "reserveEach 32"));
  });
});
