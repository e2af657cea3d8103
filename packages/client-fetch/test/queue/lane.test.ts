import { getEventListeners } from "node:events";

import { describe, expect, it } from "vitest";

import type { Entry, Ticket } from "../../src/queue/lane.ts";
import { createLanes, type LaneKey, type LanesOptions } from "../../src/queue/lanes.ts";
import { virtualTime } from "../virtual-time.ts";
import { call, laneOf, now, placesOf, refuse, requestsPerMinute, watched } from "./bench-lane.ts";

describe("entering", () => {
  it("is a ticket at once, and no timer, where there is room", () => {
    const { time, lane } = laneOf();
    const tickets = Array.from({ length: 64 }, () => now(lane.enter(call())));
    expect(tickets.every(({ waitedMs }) => waitedMs === 0)).toBe(true);
    expect(lane.state()).toMatchObject({ inFlight: 64, queued: 0, places: 64, pausedUntilMs: 0 });
    expect(time.pending()).toBe(0);
  });

  it("waits for a place, which a call that ends gives to the first in line, once", async () => {
    const { time, lane } = laneOf(placesOf(1));
    const first = now(lane.enter(call()));
    const seen = watched(time, lane, [call(), call()], () => {});
    await time.advance(5_000);
    expect(seen).toEqual([]);
    first.finish({ cause: "success" });
    first.finish({ cause: "success" });
    await time.advance(0);
    expect(seen).toEqual(["0: went at 5000"]);
    expect(lane.state()).toMatchObject({ inFlight: 1, queued: 1, queuedBy: { batch: 1 } });
  });

  it("waits for its pace, and says how long it has waited", async () => {
    const { time, lane } = laneOf(requestsPerMinute(60));
    const waited: number[] = [];
    const entries = Array.from({ length: 5 }, () => call());
    const seen = watched(time, lane, entries, ({ waitedMs }) => void waited.push(waitedMs));
    await time.settle();
    expect(waited).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
    expect(seen).toHaveLength(5);
    expect(time.pending()).toBe(0);
  });

  it("throws the reason of a signal that has aborted, and changes nothing", () => {
    const { lane } = laneOf();
    const reason = new Error("gone");
    expect(() => lane.enter(call({ signal: AbortSignal.abort(reason) }))).toThrow(reason);
    expect(lane.state()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it("rejects with the reason of a signal that aborts while it waits, leaves no listener, and holds nobody up", async () => {
    const { time, lane } = laneOf(requestsPerMinute(60));
    now(lane.enter(call()));
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("gone");
    const aborted = Promise.resolve(lane.enter(call({ signal }))).catch((error: unknown) => error);
    const other = new AbortController();
    const seen = watched(time, lane, [call({ signal: other.signal })]);
    await time.advance(500);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    await time.settle();
    expect(seen).toEqual(["0: went at 1000"]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(getEventListeners(other.signal, "abort")).toHaveLength(0);
    expect(time.pending()).toBe(0);
  });

  it("leaves no timer when the last of the queue goes away", async () => {
    const { time, lane } = laneOf(requestsPerMinute(1));
    now(lane.enter(call()));
    const controller = new AbortController();
    const entered = Promise.resolve(lane.enter(call({ signal: controller.signal })));
    expect(time.pending()).toBe(1);
    controller.abort();
    await expect(entered).rejects.toThrow("aborted");
    expect(time.pending()).toBe(0);
  });
});

describe("a bounded queue", () => {
  it("sheds whoever comes when it is full, and says how long the wait would have been", async () => {
    const { time, lane } = laneOf({ ...requestsPerMinute(60), maxQueued: 3 });
    const seen = watched(
      time,
      lane,
      Array.from({ length: 5 }, () => call()),
    );
    expect(lane.state().queued).toBe(3);
    expect(lane.enter(call())).toEqual({ shed: "queue-full", waitMs: 3_000 });
    await time.settle();
    expect(seen).toEqual([
      "0: went at 0",
      "4: queue-full at 0",
      "1: went at 1000",
      "2: went at 2000",
      "3: went at 3000",
    ]);
  });

  it("makes room for a more urgent call: the last to come of the least urgent class goes", async () => {
    const { time, lane } = laneOf({ ...requestsPerMinute(60), maxQueued: 2 });
    const entries = [call(), call(), call(), call({ class: "interactive" })];
    const seen = watched(time, lane, entries);
    await time.settle();
    expect(seen).toEqual([
      "0: went at 0",
      "2: queue-full at 0",
      "3: went at 1000",
      "1: went at 2000",
    ]);
  });
});

describe("deadlines", () => {
  it("sheds at once whoever would come too late", async () => {
    const { time, lane } = laneOf(requestsPerMinute(60));
    const startMs = time.now();
    const due = (ms: number): Entry => call({ deadlineAtMs: startMs + ms });
    const seen = watched(time, lane, [due(1), due(900), due(1_000), due(1_999), due(2_500)]);
    await time.advance(0);
    expect(seen).toEqual(["0: went at 0", "1: late at 0", "2: late at 0"]);
    await time.settle();
    expect(seen.slice(3)).toEqual(["3: went at 1000", "4: went at 2000"]);
  });

  it("sheds whoever has waited until the deadline, at the deadline", async () => {
    const { time, lane } = laneOf(placesOf(1));
    const held = now(lane.enter(call()));
    const deadlineAtMs = time.now() + 700;
    const seen = watched(time, lane, [call({ deadlineAtMs }), call()]);
    await time.advance(2_000);
    expect(seen).toEqual(["0: late at 700"]);
    held.finish({ cause: "success" });
    await time.settle();
    expect(seen).toEqual(["0: late at 700", "1: went at 2000"]);
  });

  it("tells the wait from the tokens of those before it that still wait", async () => {
    const { time, lane } = laneOf({
      utilization: 1,
      limits: () => [{ unit: "tokens", windowMs: 60_000, limit: 60_000 }],
      provider: () => ({ tokensBurstMs: 1_000 }),
      classes: { batch: {} },
    });
    const entry = call({ tokens: 1_000 });
    const entries = Array.from({ length: 6 }, () => entry);
    watched(time, lane, entries, (ticket) => ticket.finish({ cause: "aborted" }));
    await time.advance(2_500);
    expect(lane.state().queued).toBe(3);
    const due = (ms: number): Entry => ({ ...entry, deadlineAtMs: time.now() + ms });
    expect(lane.enter(due(3_900))).toEqual({ shed: "late", waitMs: 4_000 });
    expect(lane.enter(due(4_100))).toBeInstanceOf(Promise);
    await time.settle();
  });

  it("tells the wait for places from how fast calls end", async () => {
    const { time, lane } = laneOf(placesOf(1));
    const slow = (ticket: Ticket): void =>
      void time.after(1_000, () => ticket.finish({ cause: "success" }));
    const seen = watched(
      time,
      lane,
      Array.from({ length: 30 }, () => call()),
      slow,
    );
    await time.advance(20_500);
    expect(lane.state().queued).toBe(9);
    // Ten are before it, and one ends in a second.
    const deadlineAtMs = time.now() + 7_000;
    expect(lane.enter(call({ deadlineAtMs }))).toMatchObject({ shed: "late" });
    const { waitMs } = lane.enter(call({ deadlineAtMs })) as { waitMs: number };
    expect(waitMs).toBeGreaterThan(8_000);
    expect(waitMs).toBeLessThan(12_000);
    await time.settle();
    expect(seen).toHaveLength(30);
  });
});

describe("one refusal", () => {
  it("with a hint holds everyone back for as long, and a little longer", async () => {
    const { time, lane } = laneOf();
    const first = now(lane.enter(call()));
    refuse(first, { waitMs: 20_000 });
    const seen = watched(time, lane, [call(), call({ class: "interactive" })]);
    await time.advance(19_999);
    expect(seen).toEqual([]);
    const { pausedUntilMs } = lane.state();
    expect(pausedUntilMs - time.now()).toBeGreaterThanOrEqual(1);
    expect(pausedUntilMs - time.now()).toBeLessThanOrEqual(1_001);
    await time.settle();
    expect(seen).toHaveLength(2);
    expect(time.pending()).toBe(0);
  });

  it("sheds at once who cannot wait so long, in the queue or new, and nobody else", async () => {
    const { time, lane } = laneOf(placesOf(1));
    const first = now(lane.enter(call()));
    const startMs = time.now();
    const entries = [
      call({ deadlineAtMs: startMs + 10_000 }),
      call({ deadlineAtMs: startMs + 40_000 }),
    ];
    const seen = watched(time, lane, entries);
    await time.advance(1_000);
    refuse(first, { waitMs: 20_000 });
    await time.advance(0);
    expect(seen).toEqual(["0: late at 1000"]);
    const late = lane.enter(call({ deadlineAtMs: startMs + 15_000 }));
    expect(late).toMatchObject({ shed: "late" });
    expect((late as { waitMs: number }).waitMs).toBeGreaterThanOrEqual(20_000);
    await time.settle();
    expect(seen).toHaveLength(2);
  });

  it("is not outdone by another with a shorter hint, nor moved by one that says the same", () => {
    const { lane } = laneOf();
    const tickets = [20_000, 1_000, 20_000].map((waitMs) => ({
      ticket: now(lane.enter(call())),
      waitMs,
    }));
    const paused = tickets.map(({ ticket, waitMs }) => {
      refuse(ticket, { waitMs });
      return lane.state().pausedUntilMs;
    });
    expect(new Set(paused).size).toBe(1);
  });

  it.each([429, 503, 529])("of status %i is one, of others none", (status) => {
    const { time, lane } = laneOf();
    refuse(now(lane.enter(call())), { waitMs: 20_000 }, { status });
    expect(lane.state().pausedUntilMs).toBeGreaterThanOrEqual(time.now() + 20_000);
    const other = laneOf();
    for (const harmless of [200, 400, 408, 500, 502]) {
      refuse(
        now(other.lane.enter(call())),
        { waitMs: 20_000 },
        { status: harmless, cause: "server-error" },
      );
    }
    expect(other.lane.state().pausedUntilMs).toBe(0);
  });

  it("without a hint holds everyone back a second at most, twice as long each time, and no longer for calls that went before", async () => {
    const { time, lane } = laneOf();
    const together = Array.from({ length: 20 }, () => now(lane.enter(call())));
    for (const ticket of together) refuse(ticket);
    const most = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
    for (const mostMs of most) {
      const waitMs = lane.state().pausedUntilMs - time.now();
      expect(waitMs).toBeGreaterThanOrEqual(mostMs / 2);
      expect(waitMs).toBeLessThanOrEqual(mostMs * 1.05 + 1);
      const next = Promise.resolve(lane.enter(call()));
      await time.advance(120_000);
      refuse(now(await next));
    }
    await time.settle();
  });

  it("for want of money sheds everybody, and lets them try again after half a minute", async () => {
    const { time, lane } = laneOf(placesOf(2));
    const [one, two] = [now(lane.enter(call())), now(lane.enter(call()))];
    const seen = watched(time, lane, [call()]);
    refuse(one, { waitMs: Infinity, isQuota: true });
    refuse(two, { waitMs: Infinity, isQuota: true });
    await time.advance(0);
    expect(seen).toEqual(["0: quota at 0"]);
    expect(lane.enter(call())).toMatchObject({ shed: "quota" });
    await time.advance(32_000);
    now(lane.enter(call())).finish({ cause: "success" });
  });
});

describe("classes", () => {
  it("share tokens by weight while both have calls waiting, however large these are", async () => {
    const classes = { gold: { weight: 3 }, plain: { weight: 1 } };
    const { time, lane } = laneOf({ ...placesOf(1), classes });
    const served = { gold: 0, plain: 0 };
    const holds = (ticket: Ticket): void =>
      void time.after(10, () => ticket.finish({ cause: "success" }));
    const entries = Array.from({ length: 800 }, (_, index) =>
      index % 2 === 0
        ? call({ class: "gold", tokens: 500 })
        : call({ class: "plain", tokens: 100 }),
    );
    watched(time, lane, entries, (ticket, index) => {
      if (index % 2 === 0) served.gold += 500;
      else served.plain += 100;
      holds(ticket);
    });
    await time.advance(3_000);
    expect(lane.state().queuedBy).toMatchObject({ gold: expect.any(Number) });
    expect(served.gold / served.plain).toBeGreaterThan(2.7);
    expect(served.gold / served.plain).toBeLessThan(3.3);
    await time.settle();
  });

  it("cannot starve one another: beside a flood of urgent calls a batch is served by its weight", async () => {
    const { time, lane } = laneOf(requestsPerMinute(600));
    const count = { interactive: 0, batch: 0 };
    const flood = Array.from({ length: 900 }, (_, index) =>
      call({ class: index < 700 ? "interactive" : "batch", tokens: 100 }),
    );
    watched(time, lane, flood, (ticket, index) => {
      count[index < 700 ? "interactive" : "batch"] += 1;
      ticket.finish({ cause: "success" });
    });
    await time.advance(60_000);
    expect(count.interactive + count.batch).toBeGreaterThan(590);
    // One in nine, but for the credit that the urgent ones begin with.
    expect(count.batch).toBeGreaterThan(50);
    expect(count.batch).toBeLessThan(75);
    await time.settle();
  });

  it("keep the share of others free, in places, while these are seen", async () => {
    const { time, lane } = laneOf(placesOf(10));
    now(lane.enter(call({ class: "interactive" }))).finish({ cause: "success" });
    const seen = watched(
      time,
      lane,
      Array.from({ length: 12 }, () => call()),
      () => {},
    );
    await time.advance(0);
    expect(seen).toHaveLength(5);
    for (let index = 0; index < 5; index++) now(lane.enter(call({ class: "interactive" })));
    expect(lane.state().inFlight).toBe(10);
  });

  it("of a name nobody gave are as the last", async () => {
    const { time, lane } = laneOf(placesOf(1));
    now(lane.enter(call()));
    watched(time, lane, [call({ class: "whatever" })], () => {});
    expect(lane.state().queuedBy).toEqual({ interactive: 0, batch: 1 });
  });
});

it("takes a place back from whoever forgot it, and nothing twice when that one comes late", async () => {
  const { time, lane } = laneOf({ ...placesOf(2), holdFor: "10m" });
  const [forgotten] = [now(lane.enter(call())), now(lane.enter(call()))];
  const seen = watched(time, lane, [call(), call(), call()], () => {});
  await time.advance(599_999);
  expect(seen).toEqual([]);
  await time.advance(1);
  expect(seen).toEqual(["0: went at 600000", "1: went at 600000"]);
  forgotten.finish({ cause: "success" });
  await time.advance(1_000);
  expect(seen).toHaveLength(2);
  expect(lane.state()).toMatchObject({ inFlight: 2, queued: 1 });
});

function keyOf(model: string): LaneKey {
  return { origin: "https://a.example", key: "k", model };
}

describe("lanes", () => {
  it("are apart for each origin, key and model, and the same for the same", () => {
    const lanes = createLanes({ timing: virtualTime() });
    const key = { origin: "https://a.example", key: "k", model: "m" };
    const lane = lanes.lane(key);
    expect(lanes.lane({ ...key })).toBe(lane);
    for (const other of [{ origin: "https://b.example" }, { key: "l" }, { model: undefined }]) {
      expect(lanes.lane({ ...key, ...other })).not.toBe(lane);
    }
    now(lane.enter(call()));
    const states = lanes.states().map(({ origin, model, inFlight }) => [origin, model, inFlight]);
    expect(states).toHaveLength(4);
    expect(states).toContainEqual(["https://a.example", "m", 1]);
    expect(states).toContainEqual(["https://a.example", undefined, 0]);
  });

  it("are forgotten when there are too many, but not one that is in use", () => {
    const lanes = createLanes({ timing: virtualTime(), maxLanes: 2 });

    const used = lanes.lane(keyOf("used"));
    now(used.enter(call()));
    for (let index = 0; index < 50; index++) lanes.lane(keyOf(`m${index}`));
    expect(lanes.states().map(({ model }) => model)).toEqual(["used", "m49"]);
    expect(lanes.lane(keyOf("used"))).toBe(used);
  });

  it.each<[unknown, string]>([
    [{ classes: {} }, "queue: classes must be an object of 1 to 16 classes"],
    [{ classes: { a: { weight: 0 } } }, 'queue: class "a" weight must be a number above 0, got 0'],
    [{ classes: { a: { share: 1 } } }, 'queue: class "a" share must be a number from 0, below 1'],
    [{ classes: { a: { share: 0.5 }, b: { share: 0.5 } } }, "queue: classes must be given shares"],
    [{ maxQueued: 0 }, "queue: maxQueued must be an integer from 1, got 0"],
    [{ maxLanes: 0.5 }, "queue: maxLanes must be an integer from 1, got 0.5"],
    [{ utilization: 1.1 }, "queue: utilization must be a number above 0, up to 1, got 1.1"],
    [{ aging: "0s" }, "queue: aging must be a positive duration"],
    [{ holdFor: 0 }, "queue: holdFor must be a positive duration"],
    [{ places: { min: 0 } }, "queue: places min must be an integer from 1, got 0"],
    [{ places: { min: 9, max: 8 } }, "queue: places min must be at most max, 8, got 9"],
    [{ size: 1 }, "queue: option must be one of classes, maxQueued"],
  ])("refuse %j", (options, message) => {
    expect(() => createLanes(options as LanesOptions)).toThrow(message);
  });
});
