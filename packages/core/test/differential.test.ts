import { memoryStore, type Outcome, type SyncStore } from "@sluice/core";
import { compareWithOracle, type MakeStore } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const makeStore: MakeStore = (clock, rememberMs) => memoryStore({ clock, remember: rememberMs });

/** What a workload has to meet, or it would show nothing. */
const kinds = [
  "check: allowed",
  "check: over-limit",
  "check: never-fits",
  "reserve: allowed",
  "reserve: over-limit",
  "reserve: never-fits",
  "reserve: id-conflict",
  "repeat: replayed",
  "repeat: allowed",
  "retry: allowed",
  "retry: over-limit",
  "extend: applied",
  "extend: nothing",
  "settle: applied",
  "settle: nothing",
  "release: applied",
  "release: nothing",
];

describe("memoryStore", { timeout: 60_000 }, () => {
  // The error of a random seed holds it.
  it.each([1, 2, 3, Math.floor(Math.random() * 2 ** 31)])(
    "answers 40,000 random operations of seed %i as the oracle does",
    async (seed) => {
      const tally = await compareWithOracle({ makeStore, operations: 40_000, seed });
      expect(kinds.filter((kind) => (tally[kind] ?? 0) < 50)).toEqual([]);
      const total = Object.values(tally).reduce((sum, count) => sum + count);
      expect(total).toBe(40_000);
    },
  );
});

type Wrong = (
  outcome: Outcome,
  store: SyncStore,
  ...asked: Parameters<SyncStore["reserve"]>
) => Outcome;

const wrongs: readonly (readonly [string, Wrong])[] = [
  [
    "says a retry-after that is a millisecond short",
    (outcome) => ({
      ...outcome,
      claims: outcome.claims.map((claim) => ({
        ...claim,
        retryAfterMs: Math.max(0, claim.retryAfterMs - 1),
      })),
    }),
  ],
  [
    "charges the limits that had room when another refuses",
    (outcome, store, claims) => {
      if (outcome.verdict === "refused") for (const claim of claims) store.reserve([claim]);
      return outcome;
    },
  ],
  [
    "charges a retry of the same id again",
    (outcome, store, claims) => {
      if (outcome.replayed) store.reserve(claims);
      return outcome;
    },
  ],
  ["forgets that an id was seen", (outcome) => ({ ...outcome, replayed: false })],
  ["tells the wrong time", (outcome) => ({ ...outcome, atMs: outcome.atMs + 1 })],
];

describe("the comparison", { timeout: 60_000 }, () => {
  it.each(wrongs)("names its seed for a store that %s", async (_, wrong) => {
    const makeWrong: MakeStore = (clock, rememberMs) => {
      const store = memoryStore({ clock, remember: rememberMs });
      return { ...store, reserve: (...asked) => wrong(store.reserve(...asked), store, ...asked) };
    };
    const compared = compareWithOracle({ makeStore: makeWrong, operations: 20_000, seed: 7 });
    await expect(compared).rejects.toThrow(
      /^seed 7, operation \d+: expected .*, got .*; remember /,
    );
  });

  it.each([
    ["settles at the estimate, whatever was used", { amounts: [] }],
    ["ends every lease as if it was released", { unreported: "nothing" as const }],
  ])("names its seed for a store that %s", async (_, wrong) => {
    const makeWrong: MakeStore = (clock, rememberMs) => {
      const store = memoryStore({ clock, remember: rememberMs });
      return {
        ...store,
        settle: (claims, settlement) => store.settle(claims, { ...settlement, ...wrong }),
      };
    };
    const compared = compareWithOracle({ makeStore: makeWrong, operations: 4_000, seed: 8 });
    await expect(compared).rejects.toThrow(/^seed 8, operation \d+: /);
  });

  it("passes on an error that is not of the contract", async () => {
    const compared = compareWithOracle({
      makeStore: () => ({
        ...memoryStore(),
        reserve() {
          throw new TypeError("broken");
        },
      }),
      operations: 40,
      seed: 1,
    });
    await expect(compared).rejects.toThrow(new TypeError("broken"));
  });

  it("does the same for the same seed", async () => {
    const options = { makeStore, operations: 1_000, seed: 5 };
    expect(await compareWithOracle(options)).toEqual(await compareWithOracle(options));
  });
});
