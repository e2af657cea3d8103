import { createLimiter, memoryStore, slidingWindow, tokenBucket } from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

const per = ["tenant"];

/** Lets a store draw its secret from a seed, so that a failure can be had again. */
function drawSecretsFrom(seed: number): void {
  const random = seededRandom(seed);
  const draw = (): number => random.integer(-(2 ** 31), 2 ** 31 - 1);
  vi.stubGlobal("crypto", { getRandomValues: (words: Int32Array) => words.map(draw) });
}

describe("a memory store at its cap", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([3, 5, 9, 16])(
    "makes room for %i counts at once, of some that are idle and some that are not",
    (many) => {
      for (let seed = 1; seed <= 40; seed++) {
        drawSecretsFrom(seed);
        const random = seededRandom(seed);
        const clock = manualClock();
        const limits = Array.from({ length: many }, (_, index) =>
          slidingWindow({ name: `l${index}`, limit: 100, window: random.integer(5, 400), per }),
        );
        const maxKeys = random.integer(1_000, 3_000);
        const store = memoryStore({ clock, maxKeys });
        const limiter = createLimiter({ limits, store });
        for (let call = 0; call < 6_000 / many; call++) {
          clock.advance(random.integer(0, 1));
          expect(limiter.check({ tenant: `${random.integer(0, 5_000)}` }).allowed).toBe(true);
          const { keys, leases, live } = store.size();
          expect([keys <= maxKeys, leases, live]).toEqual([true, 0, 0]);
        }
      }
    },
  );

  it.each([3, 4, 8])(
    "of %i, does not forget what the call at hand is about to charge",
    (maxKeys) => {
      for (let seed = 1; seed <= 200; seed++) {
        drawSecretsFrom(seed);
        const clock = manualClock();
        // Drains within a millisecond: idle, and there.
        const drained = tokenBucket({
          name: "drained",
          capacity: 10,
          refill: 1_000,
          every: "1s",
          per,
        });
        const other = slidingWindow({ name: "other", limit: 10, window: "1m", per: ["user"] });
        const store = memoryStore({ clock, maxKeys });
        const limiter = createLimiter({ limits: [drained, other], store });
        for (let user = 0; user < maxKeys - 1; user++) {
          limiter.check({ tenant: "acme", user: `${user}` });
          clock.advance(10);
        }
        const { allowed, limits } = limiter.check({ tenant: "acme", user: "new" });
        const { keys } = store.size();
        expect([allowed, keys <= maxKeys]).toEqual([true, true]);
        expect(limits.map(({ used }) => used)).toEqual([1, 1]);
        const again = limiter.peek({ tenant: "acme", user: "new" });
        expect(again.limits.map(({ used }) => used)).toEqual([1, 1]);
      }
    },
  );
});
