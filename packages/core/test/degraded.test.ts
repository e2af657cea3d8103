import {
  createLimiter,
  type Degraded,
  type LimiterEvent,
  memoryStore,
  type Outcome,
  slidingWindow,
  SluiceError,
  type SyncStore,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const rpm = slidingWindow({ name: "rpm", limit: 2, window: 100, per: ["tenant"] });
const acme = { tenant: "acme" };

/** A store that says it stands in for another. */
function standIn(degraded: Degraded, verdict?: Outcome["verdict"]): SyncStore {
  const store = memoryStore({ clock: manualClock() });
  const told = (outcome: Outcome): Outcome => ({
    ...outcome,
    verdict: verdict ?? outcome.verdict,
    degraded,
  });
  return {
    ...store,
    reserve: (claims, lease) => told(store.reserve(claims, lease)),
    reserveMany: (batch) => store.reserveMany(batch).map(told),
    peek: (claims) => told(store.peek(claims)),
  };
}

describe("a decision that was not the store's own", () => {
  it.each([
    ["allowed", undefined, 1],
    ["blocked", "blocked", 1],
    ["store-unavailable", "full", 1],
    ["never-fits", undefined, 3],
  ] as const)("says so when it is %s", (what, verdict, requests) => {
    const limiter = createLimiter({ limits: [rpm], store: standIn("local", verdict) });
    const decisions = [
      limiter.check(acme, { requests }),
      limiter.peek(acme, { requests }),
      limiter.reserve(acme, { requests }),
      ...limiter.checkMany([{ subject: acme, cost: { requests } }]),
    ];
    // The last of those that fit finds the limit full.
    const last = what === "allowed" ? "over-limit" : what;
    const told = decisions.map((each) => [each.allowed ? "allowed" : each.reason, each.degraded]);
    expect(told).toEqual([what, what, what, last].map((each) => [each, "local"]));
  });

  it("says so when it is not enforced", () => {
    const limiter = createLimiter({
      limits: [rpm],
      store: standIn("refuse", "full"),
      mode: "observe",
    });
    expect(limiter.check(acme)).toMatchObject({
      allowed: true,
      degraded: "refuse",
      unenforced: { reason: "store-unavailable", degraded: "refuse" },
    });
  });
});

it.each([
  ["invalid-reply", 1],
  ["store-locked", 1],
  ["id-conflict", 0],
] as const)("an error %s of the store is told %i times as its failure", (code, times) => {
  const events: LimiterEvent[] = [];
  const store = memoryStore();
  const limiter = createLimiter({
    limits: [rpm],
    store: {
      ...store,
      reserve() {
        throw new SluiceError(code, "as it was");
      },
    },
    observe: (event) => events.push(event),
  });
  expect(() => limiter.check(acme)).toThrow("as it was");
  expect(events.filter(({ kind }) => kind === "store-failure")).toHaveLength(times);
});
