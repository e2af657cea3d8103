import { type Claim, memoryStore, type SyncStore, type Terms } from "@sluice/core";
import { compareWithOracle, type MakeStore } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const makeStore: MakeStore = (clock, rememberMs) => memoryStore({ clock, remember: rememberMs });

const decisions = ["allowed", "over-limit", "never-fits", "blocked"];

/** What a workload has to meet, or it would show nothing. */
const kinds = Object.entries({
  check: decisions,
  checkMany: decisions,
  peek: ["allowed", "over-limit", "never-fits"],
  reserve: [...decisions, "id-conflict"],
  repeat: ["replayed", "allowed"],
  retry: ["allowed", "over-limit", "blocked"],
  extend: ["applied", "nothing"],
  settle: ["applied", "nothing"],
  release: ["applied", "nothing"],
  dispose: ["nothing"],
  penalize: ["applied"],
  reward: ["applied"],
  block: ["applied"],
  reset: ["applied"],
  update: ["nothing"],
}).flatMap(([kind, answers]) => answers.map((answer) => `${kind}: ${answer}`));

describe("memoryStore", () => {
  // The error of a random seed holds it.
  it.each([1, 2, 3, Math.floor(Math.random() * 2 ** 31)])(
    "answers 250,000 random operations of seed %i as the oracle does",
    async (seed) => {
      const tally = await compareWithOracle({ makeStore, operations: 250_000, seed });
      expect(kinds.filter((kind) => (tally[kind] ?? 0) < 50)).toEqual([]);
      const total = Object.values(tally).reduce((sum, count) => sum + count);
      expect(total).toBe(250_000);
    },
  );
});

type Wrong = (store: SyncStore) => Partial<SyncStore>;

const teller =
  (change: (claim: Claim) => Partial<Terms>) =>
  (claims: readonly Claim[]): Claim[] =>
    claims.map((claim) => ({ ...claim, terms: { ...claim.terms, ...change(claim) } }));

/** The store, told other numbers. */
const toldBy =
  (change: (claim: Claim) => Partial<Terms>): Wrong =>
  (store) => {
    const told = teller(change);
    return {
      reserve: (claims, lease) => store.reserve(told(claims), lease),
      reserveMany: (batch) => store.reserveMany(batch.map(told)),
      peek: (claims) => store.peek(told(claims)),
      extend: (claims, extension) => store.extend(told(claims), extension),
      settle: (claims, settlement) => store.settle(told(claims), settlement),
      adjust: (claims, direction) => store.adjust(told(claims), direction),
    };
  };

/** An outcome that outlives the next call. */
const lasting = <T extends { readonly states: ArrayLike<number> }>(outcome: T) => ({
  ...outcome,
  states: Array.from(outcome.states),
});

/** The longest of the claims' blocks. */
const blockedMs = (store: SyncStore, claims: readonly Claim[]): number =>
  Math.max(...lasting(store.peek(claims)).states.filter((_, at) => at % 4 === 3));

const wrongs: readonly (readonly [string, Wrong])[] = [
  [
    "says a retry-after that is a millisecond short",
    (store) => ({
      reserve(...asked) {
        const { states, ...outcome } = lasting(store.reserve(...asked));
        return {
          ...outcome,
          states: states.map((state, at) => (at % 4 === 1 ? Math.max(0, state - 1) : state)),
        };
      },
    }),
  ],
  [
    "charges the limits that had room when another refuses",
    (store) => ({
      reserve(...asked) {
        const outcome = lasting(store.reserve(...asked));
        if (outcome.verdict === "refused") for (const claim of asked[0]) store.reserve([claim]);
        return outcome;
      },
    }),
  ],
  [
    "charges a retry of the same id again",
    (store) => ({
      reserve(...asked) {
        const outcome = lasting(store.reserve(...asked));
        if (outcome.replayed) store.reserve(asked[0]);
        return outcome;
      },
    }),
  ],
  [
    "forgets that an id was seen",
    (store) => ({ reserve: (...asked) => ({ ...store.reserve(...asked), replayed: false }) }),
  ],
  [
    "tells the wrong time",
    (store) => ({ reserve: (...asked) => ({ ...store.reserve(...asked), atMs: 7 }) }),
  ],
  [
    "lets leases live as long as they like",
    (store) => ({
      reserve: (claims, lease) =>
        store.reserve(claims, lease && { ...lease, expiresAfterMs: 300_000 }),
    }),
  ],
  [
    "settles at the estimate, whatever was used",
    (store) => ({ settle: (claims, given) => store.settle(claims, { ...given, amounts: [] }) }),
  ],
  [
    "ends every lease as if it was released",
    (store) => ({
      settle: (claims, given) => store.settle(claims, { ...given, unreported: "nothing" }),
    }),
  ],
  ["charges where it is asked to peek", (store) => ({ peek: (claims) => store.reserve(claims) })],
  [
    "charges only the first of many",
    (store) => ({
      reserveMany: ([first = [], ...others]) => [
        lasting(store.reserve(first)),
        ...others.map((claims) => lasting(store.peek(claims))),
      ],
    }),
  ],
  [
    "penalizes only where there is room",
    (store) => ({
      adjust(claims, direction) {
        if (direction === "refund") return store.adjust(claims, direction);
        const { atMs, expired, verdict } = store.reserve(claims);
        return {
          applied: verdict === "allowed",
          atMs,
          expired,
          states: claims.flatMap(() => [0, 0]),
        };
      },
    }),
  ],
  [
    "rewards with half of what was said",
    (store) => ({
      adjust: (claims, direction) =>
        direction === "charge"
          ? store.adjust(claims, direction)
          : store.adjust(
              claims.map((claim) => ({ ...claim, cost: Math.ceil(claim.cost / 2) })),
              direction,
            ),
    }),
  ],
  ["forgets a block", (store) => ({ block: (claims) => store.block(claims, 0) })],
  [
    "adds one block to another",
    (store) => ({
      block(claims, forMs) {
        return store.block(claims, forMs + blockedMs(store, claims));
      },
    }),
  ],
  ["forgets nothing when it is reset", (store) => ({ reset: () => store.reset([]) })],
  [
    "leaves blocks when it is reset",
    (store) => ({
      reset(claims) {
        const left = blockedMs(store, claims);
        store.reset(claims);
        return store.block(claims, left);
      },
    }),
  ],
  [
    "refunds what a token bucket has drained",
    (store) => ({
      settle(claims, given) {
        const outcome = lasting(store.settle(claims, given));
        const refunds = claims.map((claim, index) => {
          const isBucket = claim.terms.algorithm === "token-bucket" && outcome.applied;
          return {
            ...claim,
            cost: isBucket ? Math.max(0, claim.cost - outcome.states[index * 2]!) : 0,
          };
        });
        store.adjust(refunds, "refund");
        return outcome;
      },
    }),
  ],
  ["refills a token bucket too fast", toldBy(({ terms }) => ({ refill: terms.refill + 1 }))],
  ["has slots of a millisecond only", toldBy(() => ({ precisionMs: 1 }))],
  [
    "takes every period for a day of UTC",
    toldBy(() => ({ periodEndMs: (atMs) => (Math.floor(atMs / 86_400_000) + 1) * 86_400_000 })),
  ],
  [
    "keeps to the numbers that it was told first",
    (store) => {
      const first = new Map<string, Terms>();
      return toldBy(({ terms }) => {
        const told = first.get(terms.scope) ?? terms;
        first.set(terms.scope, told);
        return told;
      })(store);
    },
  ],
];

describe("the comparison", () => {
  it.each(wrongs)("names its seed for a store that %s", async (_, wrong) => {
    const makeWrong: MakeStore = (clock, rememberMs) => {
      const store = memoryStore({ clock, remember: rememberMs });
      return { ...store, ...wrong(store) };
    };
    const compared = compareWithOracle({ makeStore: makeWrong, operations: 20_000, seed: 7 });
    await expect(compared).rejects.toThrow(
      /^seed 7, operation \d+: expected .*, got .*; episode \{"startMs":/,
    );
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
