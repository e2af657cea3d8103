import {
  createLimiter,
  type LimiterEvent,
  memoryStore,
  type ReserveOptions,
  slidingWindow,
} from "@sluice/core";
import { describe, expect, it } from "vitest";

import { allDone, failing } from "./failing.ts";
import { granted } from "./granted.ts";

const tpm = slidingWindow({
  name: "tpm",
  limit: 10,
  window: "1m",
  unit: "tokens",
  per: [],
  onExpiry: "refund",
});

const clock = (): number => 0;

async function brokenObserver(): Promise<void> {
  throw new Error("the observer is broken");
}

describe("a careless caller", () => {
  it.each([[{}], [null], ["soon"], [{ aborted: false }]])(
    "is told of the signal %o before anything is charged",
    (signal) => {
      const limiter = createLimiter({ limits: [tpm], store: memoryStore({ clock }) });
      const wrong = { signal } as unknown as ReserveOptions;
      expect(() => limiter.reserve({}, { tokens: 5 }, wrong)).toThrow(
        /^reserve: signal must be an AbortSignal, got /,
      );
      expect(limiter.peek({}, { tokens: 0 }).limits[0]?.used).toBe(0);
    },
  );

  it("may change its batch while the store is at work", async () => {
    const limiter = createLimiter({ limits: [tpm], store: failing(memoryStore({ clock })) });
    const batch = [{ subject: {}, cost: { tokens: 4 } }];
    const answer = limiter.checkMany(batch);
    batch.length = 0;
    expect((await answer).map(({ allowed }) => allowed)).toEqual([true]);
  });

  it("may observe with a function whose promise is rejected", async () => {
    const store = memoryStore({ clock });
    const limiter = createLimiter({ limits: [tpm], store, observe: brokenObserver });
    expect(limiter.check({}, { tokens: 1 }).allowed).toBe(true);
    await allDone();
  });
});

it("tells once of a store that throws at once, and of its recovery", () => {
  const told: LimiterEvent["kind"][] = [];
  let isDown = true;
  const counts = memoryStore({ clock });
  const store = {
    ...counts,
    reserve: (...asked: Parameters<typeof counts.reserve>) => {
      if (isDown) throw new Error("down");
      return counts.reserve(...asked);
    },
  };
  const limiter = createLimiter({ limits: [tpm], store, observe: ({ kind }) => told.push(kind) });
  expect(() => limiter.check({}, { tokens: 1 })).toThrow("down");
  expect(() => limiter.reserve({}, { tokens: 1 })).toThrow("down");
  isDown = false;
  limiter.check({}, { tokens: 1 });
  expect(told).toEqual(["store-failure", "store-recovery", "decision"]);
});

it("keeps what was not enforced apart from a later lease of the same id", () => {
  const limiter = createLimiter({ limits: [tpm], store: memoryStore({ clock }), mode: "observe" });
  const full = granted(limiter.reserve({}, { tokens: 10 }));
  const unenforced = granted(limiter.reserve({}, { tokens: 3 }, { id: "x" }));
  full.release();
  const second = granted(limiter.reserve({}, { tokens: 3 }, { id: "x" }));
  expect(unenforced.settle({ tokens: 1 }).applied).toBe(false);
  expect(second.settle({ tokens: 1 }).applied).toBe(true);
});
