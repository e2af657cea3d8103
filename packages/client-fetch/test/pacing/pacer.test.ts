import { memoryStore, type Store, type SyncStore } from "@sluice/core";
import { describe, expect, it } from "vitest";

import type { Allowance } from "../../src/hints/hint.ts";
import type { KnownLimit } from "../../src/pacing/limits.ts";
import { providerRules } from "../../src/pacing/providers.ts";
import { createLanes, type LanesOptions } from "../../src/queue/lanes.ts";
import {
  call,
  hear,
  laneOf,
  now,
  refuse,
  requestsPerMinute,
  watched,
} from "../queue/bench-lane.ts";
import { virtualTime } from "../virtual-time.ts";

const minute = 60_000;

/** Tokens of a minute, all of it used, with no burst but the largest of a second. */
function tokensPerMinute(limit: number, over: LanesOptions = {}): LanesOptions {
  return {
    utilization: 1,
    limits: () => [{ unit: "tokens", windowMs: minute, limit }],
    provider: () => ({ tokensBurstMs: 2_000 }),
    classes: { batch: {} },
    ...over,
  };
}

function allowance(over: Partial<Allowance>): Allowance {
  return {
    unit: "requests",
    limit: undefined,
    remaining: undefined,
    resetMs: undefined,
    windowMs: undefined,
    ...over,
  };
}

describe("limits that headers tell", () => {
  it("are kept at 95 %, for requests and tokens together", () => {
    const { lane } = laneOf();
    hear(
      now(lane.enter(call())),
      allowance({ limit: 600 }),
      allowance({ unit: "tokens", limit: 90_000 }),
    );
    const { requestsPerMinute: rpm, tokensPerMinute: tpm } = lane.state();
    expect(rpm).toBeCloseTo(570, 6);
    expect(tpm).toBeCloseTo(85_500, 6);
  });

  it("change when the headers do", () => {
    const { lane } = laneOf({ utilization: 1 });
    hear(now(lane.enter(call())), allowance({ limit: 600 }));
    hear(now(lane.enter(call())), allowance({ limit: 120 }));
    expect(lane.state().requestsPerMinute).toBeCloseTo(120, 6);
  });

  it("of a day do not spread calls over the day", () => {
    const time = virtualTime();
    const lanes = createLanes({ timing: time });
    const lane = lanes.lane({ origin: "https://api.groq.com", key: "", model: "m" });
    hear(now(lane.enter(call())), allowance({ limit: 1_000, remaining: 999 }));
    for (let index = 0; index < 60; index++) now(lane.enter(call()));
    expect(lane.state()).toMatchObject({ queued: 0, requestsPerMinute: undefined });
  });

  it("that are nearly spent, by whomever, hold calls back before they are refused", async () => {
    const { time, lane } = laneOf({ utilization: 1, provider: () => ({ refills: "evenly" }) });
    const first = now(lane.enter(call()));
    hear(first, allowance({ limit: 600, remaining: 3 }));
    const seen = watched(
      time,
      lane,
      Array.from({ length: 40 }, () => call({ class: "interactive" })),
    );
    await time.advance(0);
    expect(seen).toHaveLength(3);
    await time.advance(1_000);
    // Ten come back in a second.
    expect(seen.length).toBeGreaterThanOrEqual(12);
    expect(seen.length).toBeLessThanOrEqual(14);
    await time.settle();
  });

  it("that are spent where they come back at once hold everyone back until then", async () => {
    const { time, lane } = laneOf({ utilization: 1 });
    hear(now(lane.enter(call())), allowance({ limit: 600, remaining: 0, resetMs: 7_000 }));
    const seen = watched(time, lane, [call({ class: "interactive" })]);
    await time.advance(6_999);
    expect(seen).toEqual([]);
    await time.settle();
    expect(seen).toHaveLength(1);
  });

  it("are used by nine tenths after a refusal that they explain, once for all that went together, and whole again in time", async () => {
    const { time, lane } = laneOf({ utilization: 1 });
    const both = [now(lane.enter(call())), now(lane.enter(call()))];
    await time.advance(100);
    for (const ticket of both) {
      const spent = allowance({ limit: 600, remaining: 0 });
      refuse(ticket, { waitMs: 1_000 }, { allowances: [spent] });
    }
    expect(lane.state().requestsPerMinute).toBeCloseTo(540, 6);
    for (let round = 0; round < 12; round++) {
      await time.advance(5_000);
      const entered = await lane.enter(call());
      if (entered.shed === undefined) entered.finish({ cause: "success" });
    }
    expect(lane.state().requestsPerMinute).toBeCloseTo(600, 6);
    await time.settle();
  });
});

describe("a refusal that headers do not explain", () => {
  it("is a passing one at first, however many went together, and a limit of its own when it comes again", async () => {
    const { time, lane } = laneOf({ utilization: 1 });
    hear(now(lane.enter(call())), allowance({ limit: 600, remaining: 500 }));
    const together = Array.from({ length: 5 }, () => now(lane.enter(call())));
    for (const ticket of together) refuse(ticket, { waitMs: 1_000 });
    expect(lane.state().requestsPerMinute).toBeCloseTo(600, 6);
    await time.advance(20_000);
    refuse(now(lane.enter(call())), { waitMs: 1_000 });
    expect(lane.state().requestsPerMinute).toBeCloseTo(60 * 0.97, 1);
  });

  it("for want of money is no limit on requests", async () => {
    const { time, lane } = laneOf();
    for (let index = 0; index < 3; index++) {
      refuse(now(lane.enter(call())), { waitMs: Infinity, isQuota: true });
      await time.advance(60_000);
    }
    expect(lane.state().requestsPerMinute).toBeUndefined();
  });
});

describe("tokens", () => {
  it("that were not used make room at once", async () => {
    const { time, lane } = laneOf(tokensPerMinute(60_000));
    const first = now(lane.enter(call({ tokens: 2_000 })));
    const seen = watched(time, lane, [call({ tokens: 1_500 })], () => {});
    await time.advance(100);
    expect(seen).toEqual([]);
    first.finish({ cause: "success", tokens: 500 });
    await time.settle();
    expect(seen).toEqual(["0: went at 100"]);
  });

  it("are given back once, however often a call ends", async () => {
    const { time, lane } = laneOf(tokensPerMinute(60_000));
    const first = now(lane.enter(call({ tokens: 1_000 })));
    now(lane.enter(call({ tokens: 1_000 })));
    for (let index = 0; index < 3; index++) first.finish({ cause: "success", tokens: 500 });
    const seen = watched(time, lane, [call({ tokens: 1_000 })]);
    await time.settle();
    expect(seen).toEqual(["0: went at 500"]);
  });

  it("that were used beyond the estimate are owed", async () => {
    const { time, lane } = laneOf(tokensPerMinute(60_000));
    now(lane.enter(call({ tokens: 1_000 }))).finish({ cause: "success", tokens: 6_000 });
    const seen = watched(time, lane, [call({ tokens: 1_000 })]);
    await time.settle();
    expect(seen).toEqual(["0: went at 5000"]);
  });

  it.each(["rate-limit", "overloaded", "client-error", "connection"] as const)(
    "of a call that ends as %s are given back",
    async (cause) => {
      const { time, lane } = laneOf(tokensPerMinute(60_000));
      now(lane.enter(call({ tokens: 2_000 }))).finish({ cause });
      const seen = watched(time, lane, [call({ tokens: 2_000 })]);
      await time.settle();
      expect(seen).toEqual(["0: went at 0"]);
    },
  );

  it.each(["timeout", "truncated", "aborted"] as const)(
    "of a call that ends as %s stay charged where nobody says what it used",
    async (cause) => {
      const { time, lane } = laneOf(tokensPerMinute(60_000));
      now(lane.enter(call({ tokens: 2_000 }))).finish({ cause });
      const seen = watched(time, lane, [call({ tokens: 2_000 })]);
      await time.settle();
      expect(seen).toEqual(["0: went at 2000"]);
    },
  );

  it("are charged as the most, and not given back, where the provider does so", async () => {
    const { time, lane } = laneOf(
      tokensPerMinute(60_000, { provider: () => ({ tokensBurstMs: 2_000, charges: "most" }) }),
    );
    now(lane.enter(call({ tokens: 100, mostTokens: 2_000 }))).finish({
      cause: "success",
      tokens: 100,
    });
    const seen = watched(time, lane, [call({ tokens: 100, mostTokens: 1_000 })]);
    await time.settle();
    expect(seen).toEqual(["0: went at 1000"]);
  });

  it("of a call larger than any burst go when nothing else is charged, and are owed", async () => {
    const { time, lane } = laneOf(tokensPerMinute(60_000));
    const entries = [call({ tokens: 30_000 }), call({ tokens: 30_000 }), call({ tokens: 1_000 })];
    const seen = watched(time, lane, entries, () => {});
    await time.settle();
    expect(seen).toEqual(["0: went at 0", "1: went at 30000", "2: went at 59000"]);
  });

  it("that are no numbers are none", () => {
    const { lane } = laneOf(tokensPerMinute(60_000));
    for (const tokens of [Number.NaN, -5, Infinity, 1e300]) {
      now(lane.enter(call({ tokens }))).finish({ cause: "success", tokens: 0 });
    }
    expect(lane.state()).toMatchObject({ queued: 0, inFlight: 0 });
  });
});

const fails = async (): Promise<void> => {
  throw new Error("no store");
};

/** The same store, answering with promises, after `before`. */
function later(store: SyncStore, before: () => Promise<void> = async () => {}): Store {
  return new Proxy(store, {
    get:
      (target, verb: keyof SyncStore) =>
      async (...args: unknown[]) => {
        await before();
        return (target[verb] as (...given: unknown[]) => unknown).apply(target, args);
      },
  });
}

describe("a store", () => {
  it("that is shared keeps two lanes to one budget, and holds both back after one refusal", async () => {
    const time = virtualTime();
    const store = memoryStore({ clock: () => time.now() });
    const options: LanesOptions = { ...requestsPerMinute(60), timing: time, store };
    const key = { origin: "https://llm.example", key: "k", model: "m" };
    const [one, two] = [createLanes(options).lane(key), createLanes(options).lane(key)];
    const seen = [one, two].map((lane) =>
      watched(
        time,
        lane,
        Array.from({ length: 30 }, () => call()),
      ),
    );
    await time.advance(30_500);
    expect(seen[0]!.length + seen[1]!.length).toBe(31);
    await time.settle();
    await time.advance(1_000);
    const ticket = now(one.enter(call()));
    refuse(ticket, { waitMs: 10_000 });
    const other = watched(time, two, [call()]);
    await time.advance(9_999);
    expect(other).toEqual([]);
    await time.settle();
    expect(other).toHaveLength(1);
  });

  it("that is shared holds others back also where no limit is known", async () => {
    const time = virtualTime();
    const store = memoryStore({ clock: () => time.now() });
    const key = { origin: "https://llm.example", key: "k", model: "m" };
    const one = createLanes({ timing: time, store }).lane(key);
    const two = createLanes({ timing: time, store }).lane(key);
    refuse(now(one.enter(call())), { waitMs: 10_000 });
    const other = watched(time, two, [call()]);
    await time.advance(9_999);
    expect(other).toEqual([]);
    await time.settle();
    expect(other).toHaveLength(1);
  });

  it("that answers with promises paces as one that answers at once", async () => {
    const time = virtualTime();
    const store = later(memoryStore({ clock: () => time.now() }));
    const { lane } = laneOf({ ...requestsPerMinute(60), timing: time, store });
    const seen = watched(
      time,
      lane,
      Array.from({ length: 4 }, () => call()),
    );
    await time.settle();
    expect(seen).toEqual([0, 1, 2, 3].map((index) => `${index}: went at ${index * 1_000}`));
    expect(time.pending()).toBe(0);
  });

  it("gives back what it charged for a call that went away meanwhile", async () => {
    const time = virtualTime();
    const store = later(memoryStore({ clock: () => time.now() }), () => time.sleep(50));
    const { lane } = laneOf({ ...requestsPerMinute(60), timing: time, store });
    const controller = new AbortController();
    const gone = Promise.resolve(lane.enter(call({ signal: controller.signal })));
    const rejected = gone.catch((error: unknown) => error);
    await time.advance(10);
    controller.abort(new Error("gone"));
    expect(await rejected).toMatchObject({ message: "gone" });
    await time.settle();
    const seen = watched(time, lane, [call()]);
    await time.settle();
    expect(seen).toEqual(["0: went at 50"]);
    expect(lane.state()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  it("that fails keeps nobody from a provider that works", async () => {
    const { time, lane } = laneOf({ ...requestsPerMinute(1), store: later(memoryStore(), fails) });
    const seen = watched(
      time,
      lane,
      Array.from({ length: 5 }, () => call()),
    );
    await time.advance(1);
    expect(seen).toHaveLength(5);
    refuse(now(await lane.enter(call())), { waitMs: 1_000 });
    await time.settle();
  });
});

it.each<[string, Partial<ReturnType<typeof providerRules>>]>([
  ["https://api.openai.com", { charges: "most", refills: "evenly", requestsWindowMs: minute }],
  ["https://x.openai.azure.com", { charges: "most", refills: "at-once", requestsBurstMs: 0 }],
  ["https://api.anthropic.com", { charges: "use", refills: "evenly" }],
  ["https://api.groq.com", { refills: "evenly", requestsWindowMs: 86_400_000 }],
  ["https://evil-api.groq.com", { requestsWindowMs: minute }],
  ["http://localhost:8080", { charges: "use", refills: "at-once", requestsBurstMs: 5_000 }],
])("at %s counts as %j", (origin, rules) => {
  expect(providerRules(origin)).toMatchObject(rules);
  expect(providerRules(origin, { charges: "use" }).charges).toBe("use");
});

it("takes limits that are told beforehand", () => {
  const known: KnownLimit = { unit: "requests", windowMs: minute, limit: 100 };
  expect(laneOf({ limits: () => [known] }).lane.state().requestsPerMinute).toBeCloseTo(95, 6);
});
