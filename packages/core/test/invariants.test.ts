import {
  concurrency,
  createLimiter,
  fixedWindow,
  type Lease,
  type Limit,
  memoryStore,
  slidingWindow,
  type SyncStore,
  tokenBucket,
} from "@sluice/core";
import {
  type Charged,
  drawEpisode,
  keepsPromise,
  type MakeStore,
  manualClock,
  playEpisode,
  seededRandom,
} from "@sluice/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const per: string[] = [];
const numRuns = 300;
const capacity = 10;
const precisionMs = 7;

const exact = slidingWindow({ name: "l", limit: capacity, window: 50, per });
const slots = slidingWindow({ name: "l", limit: capacity, window: 50, precisionMs, per });
const bucket = tokenBucket({ name: "l", capacity, refill: 3, every: 7, per });
const timeZone = "Europe/Berlin";
const day = fixedWindow({ name: "l", limit: capacity, window: "day", timeZone, per });
const places = concurrency({ name: "l", limit: capacity, unit: "requests", expiresAfter: 50, per });

/** Each with the longest time between two requests, and an instant to begin at. */
const promising: readonly (readonly [string, Limit, number, string])[] = [
  ["an exact sliding window", exact, 40, "1970-01-01"],
  ["a sliding window with slots", slots, 40, "1970-01-01"],
  ["a token bucket", bucket, 12, "1970-01-01"],
  ["days, one of 23 hours", day, 20_000_000, "2025-03-28"],
  ["days, one of 25 hours", day, 20_000_000, "2025-10-24"],
  ["places in flight", places, 40, "1970-01-01"],
];

/** Requests at random times for which a decision was not `isRight`, by what had been admitted before. */
function counterexample(
  limit: Limit,
  longestWait: number,
  start: string,
  isRight: (allowed: boolean, admitted: readonly Charged[], now: number, cost: number) => boolean,
): unknown {
  const step = fc.record({ wait: fc.nat(longestWait), cost: fc.nat(capacity + 1) });
  const property = fc.property(fc.array(step, { maxLength: 60 }), (drawn) => {
    const clock = manualClock(Date.parse(start));
    const limiter = createLimiter({ limits: [limit], store: memoryStore({ clock }) });
    const admitted: Charged[] = [];
    return drawn.every(({ wait, cost }) => {
      clock.advance(wait);
      const { allowed } = limiter.reserve({}, { requests: cost });
      const wasRight = isRight(allowed, admitted, clock(), cost);
      if (allowed) admitted.push({ atMs: clock(), units: cost });
      return wasRight;
    });
  });
  const { failed, seed, counterexample: found } = fc.check(property, { numRuns });
  return failed ? { seed, found } : undefined;
}

interface Step {
  readonly wait: number;
  readonly kind: "check" | "reserve" | "extend" | "settle" | "release" | "penalize" | "block";
  readonly requests: number;
  readonly tokens: number;
}

const kinds = ["check", "reserve", "extend", "settle", "release", "penalize", "block"] as const;
const steps = fc.array(
  fc.record({
    wait: fc.nat(30),
    kind: fc.constantFrom<Step["kind"]>("check", "check", "reserve", "reserve", ...kinds),
    requests: fc.nat(4),
    tokens: fc.nat(12),
  }),
  { maxLength: 60 },
);

const four: readonly Limit[] = [
  slidingWindow({ name: "window", limit: 10, window: 90, per }),
  slidingWindow({ name: "slots", limit: 30, window: 60, precisionMs: 9, unit: "tokens", per }),
  tokenBucket({ name: "bucket", capacity: 30, refill: 3, every: 7, unit: "tokens", per }),
  concurrency({ name: "inflight", limit: 3, expiresAfter: 40, per }),
];

/** A limiter of four limits, with the latest lease, whose clock is put back by what `backMs` says. */
function createWorld(backMs = (): number => 0) {
  const clock = manualClock();
  const store = memoryStore({ clock: () => clock() - backMs() });
  const limiter = createLimiter({ limits: four, store });
  let lease: Lease<SyncStore> | undefined;
  const act = ({ kind, requests, tokens }: Step): { readonly allowed?: boolean } | undefined => {
    if (kind === "check") return limiter.check({}, { requests, tokens });
    if (kind === "penalize") return void limiter.penalize({}, { tokens });
    if (kind === "block") return void limiter.block({}, requests);
    if (kind === "extend") return void lease?.extend({ tokens });
    if (kind === "settle") return void lease?.settle({ requests, tokens });
    if (kind === "release") return void lease?.release();
    const reservation = limiter.reserve({}, { requests, tokens });
    if (reservation.allowed) ({ lease } = reservation);
    return reservation;
  };
  const look = () => limiter.peek({}, { requests: 2, tokens: 9 });
  return { clock, limiter, act, look };
}

describe("a memory store", () => {
  it.each(promising)("I1: admits no more than is promised by %s", (_, limit, wait, start) => {
    const found = counterexample(
      limit,
      wait,
      start,
      (allowed, ...asked) => !allowed || keepsPromise(limit, ...asked),
    );
    expect(found).toBeUndefined();
  });

  it.each(promising)("I2: refuses nothing that fits %s", (_, limit, wait, start) => {
    const found = counterexample(
      limit,
      wait,
      start,
      (allowed, ...asked) => allowed || !keepsPromise(limit, ...asked, precisionMs - 1),
    );
    expect(found).toBeUndefined();
  });

  it("I3: is changed by no refusal", () => {
    const property = fc.property(steps, (drawn) => {
      const [all, spared] = [createWorld(), createWorld()];
      for (const step of drawn) {
        all.clock.advance(step.wait);
        spared.clock.advance(step.wait);
        if (all.act(step)?.allowed !== false) spared.act(step);
        expect(all.look()).toEqual(spared.look());
      }
    });
    fc.assert(property, { numRuns });
  });

  it("I6: never has a negative count, nor a fraction of a unit", async () => {
    const told: number[] = [];
    const note = <T extends { readonly states: ArrayLike<number> }>(outcome: T): T => {
      told.push(...Array.from(outcome.states));
      return outcome;
    };
    const makeStore: MakeStore = (clock, rememberMs) => {
      const store = memoryStore({ clock, remember: rememberMs });
      return {
        ...store,
        reserve: (...asked) => note(store.reserve(...asked)),
        extend: (...asked) => note(store.extend(...asked)),
        settle: (...asked) => note(store.settle(...asked)),
        adjust: (...asked) => note(store.adjust(...asked)),
      };
    };
    const random = seededRandom(6);
    for (let count = 0; count < 50; count++) {
      await playEpisode(drawEpisode(random, 400), makeStore);
    }
    expect(told.length).toBeGreaterThan(20_000);
    const wrong = told.filter((state) => !(state === Infinity || (state >= 0 && state % 1 === 0)));
    expect(wrong).toEqual([]);
  });

  it("I7: allows after retry-after, and not a millisecond sooner", () => {
    let refusals = 0;
    const property = fc.property(steps, fc.nat(12), fc.nat(35), (drawn, requests, tokens) => {
      const { clock, limiter, act } = createWorld();
      for (const step of drawn) {
        clock.advance(step.wait);
        act(step);
      }
      const ask = () => limiter.peek({}, { requests, tokens });
      const asked = ask();
      if (asked.allowed || asked.retryAfterMs === undefined) return;
      refusals++;
      const waits = asked.limits.map(({ retryAfterMs }) => retryAfterMs);
      expect(asked.retryAfterMs).toBe(Math.max(...waits));
      const startMs = clock();
      for (const wait of [...new Set(waits)].filter((ms) => ms > 0).toSorted((a, b) => a - b)) {
        for (const waited of [wait - 1, wait]) {
          clock.advance(startMs + waited - clock());
          const left = ask().limits.map(({ retryAfterMs }) => retryAfterMs);
          expect(left).toEqual(waits.map((ms) => Math.max(0, ms - waited)));
        }
      }
      expect(ask().allowed).toBe(true);
    });
    fc.assert(property, { numRuns: 1_000 });
    expect(refusals).toBeGreaterThan(100);
  });

  it("I8: neither frees nor freezes capacity when the clock steps back", () => {
    const property = fc.property(steps, fc.array(fc.nat(5_000)), (drawn, backs) => {
      let backMs = 0;
      const [straight, stepping] = [createWorld(), createWorld(() => backMs)];
      for (const [index, step] of drawn.entries()) {
        straight.clock.advance(step.wait);
        stepping.clock.advance(step.wait);
        // Whatever has passed is seen before the clock steps back.
        expect(stepping.look()).toEqual(straight.look());
        backMs += backs[index] ?? 0;
        expect(stepping.act(step)?.allowed).toBe(straight.act(step)?.allowed);
        expect(stepping.look()).toEqual(straight.look());
      }
    });
    fc.assert(property, { numRuns });
  });
});
