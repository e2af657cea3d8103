import { memoryStore } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it, vi } from "vitest";

import { replay, type StateLoss } from "../../src/replay.ts";
import { type OwnLease } from "../../src/replay/own-leases.ts";
import { createPulse } from "../../src/replay/pulse.ts";
import { createRestorer } from "../../src/replay/restore.ts";
import { createRhythm } from "../../src/replay/rhythm.ts";
import { later } from "../later.ts";
import { claim, rpm, tpm } from "./world.ts";

const request = { id: "one", expiresAfterMs: 60_000, repeatable: true };
const claims = [claim(rpm, 1), claim(tpm, 40)];

function setUp() {
  const exact = memoryStore();
  const inner = later(exact);
  const events: StateLoss[] = [];
  let isLost = false;
  const pulse = async (known: number): Promise<number> => (isLost && known > 0 ? 0 : known);
  const store = replay(inner, { pulse, observe: (event) => void events.push(event) });
  const lose = async (): Promise<StateLoss | undefined> => {
    isLost = true;
    await store.beat();
    isLost = false;
    await store.restored();
    return events.at(-1);
  };
  return { exact, inner, store, lose };
}

describe("what this process was granted", () => {
  it("is what its leases hold, too", async () => {
    const { store } = setUp();
    await store.reserve(claims, request);
    expect(store.granted(claim(tpm, 0))).toBe(40);
    await store.settle(claims, { id: "one", amounts: [1, 7], unreported: "estimate" });
    expect(store.granted(claim(tpm, 0))).toBe(7);
  });

  it("is forgotten with a reset, and a block when it is lifted", async () => {
    const { store } = setUp();
    await store.reserve(claims);
    await store.block(claims, 5_000);
    expect(store.blockedForMs(claims[0]!)).toBeGreaterThan(4_000);
    await store.block(claims, 0);
    expect(store.blockedForMs(claims[0]!)).toBe(0);
    await store.reset(claims);
    expect(store.granted(claims[0]!)).toBe(0);
  });

  it("is no lease that was released, but one that was settled", async () => {
    const { store, lose } = setUp();
    await store.beat();
    await store.reserve(claims, request);
    await store.settle(claims, { id: "one", amounts: [], unreported: "nothing" });
    expect(await lose()).toMatchObject({ leases: 0 });
    await store.reserve(claims, request);
    await store.settle(claims, { id: "one", amounts: [0, 0], unreported: "estimate" });
    expect(await lose()).toMatchObject({ leases: 1 });
  });
});

const lease = (used: number): OwnLease => ({
  claims: [claim(tpm, 40)],
  request,
  entries: [],
  atMs: 0,
  deadlineMs: 0,
  used: [used],
  charged: [used],
  settlement: undefined,
});
function bench() {
  const exact = memoryStore({ clock: manualClock() });
  const inner = later(exact);
  const charged = (): number => exact.peek([claim(tpm, 0)]).states[0]!;
  return { exact, inner, restorer: createRestorer(inner), charged };
}

describe("a lease that is put back", () => {
  it("is told what it used where it was lost, and not where it was kept", async () => {
    const { exact, inner, restorer, charged } = bench();
    restorer.owe([], [lease(45)], () => []);
    await restorer.restore();
    expect(charged()).toBe(45);
    restorer.owe([], [lease(45)], () => []);
    await restorer.restore();
    expect([charged(), exact.size().live]).toEqual([45, 1]);
    expect(inner.asked).toEqual(["lease", "extend", "lease"]);
  });

  it("is charged for good where there is no room for it", async () => {
    const { exact, restorer, charged } = bench();
    exact.adjust([claim(tpm, 70)], "charge");
    restorer.owe([], [lease(45)], () => []);
    await restorer.restore();
    expect([charged(), exact.size().live]).toEqual([115, 0]);
  });

  it("is owed once when it was lost again while it could not be put back", async () => {
    const { inner, restorer, charged } = bench();
    restorer.owe([claim(tpm, 9)], [], () => []);
    inner.failure = new Error("connection lost");
    const failed = restorer.restore();
    restorer.owe([claim(tpm, 9)], [], () => []);
    await failed;
    inner.failure = undefined;
    await restorer.restore();
    expect(charged()).toBe(9);
  });
});

describe("a pulse", () => {
  it("that two beats find lost is told of once", async () => {
    let held = 0;
    const losses: number[] = [];
    const write = async (known: number, next: number): Promise<number> => {
      const had = held;
      if (had >= known) held = Math.max(held, next);
      return had;
    };
    const pulse = createPulse(write, 1_000_000, (mark) => losses.push(mark));
    await pulse.beat();
    await pulse.beat();
    held = 0;
    await Promise.all([pulse.beat(), pulse.beat()]);
    expect(losses).toEqual([0]);
  });

  it("beats ahead of the first thing that is asked", () => {
    let beats = 0;
    const beat = async (): Promise<void> => void beats++;
    const rhythm = createRhythm({ everyMs: 1_000_000, beat, sweep: () => false });
    rhythm.begin();
    rhythm.begin();
    expect(beats).toBe(1);
  });

  it("beats as soon after a silence as amid traffic", async () => {
    vi.useFakeTimers();
    try {
      let beats = 0;
      const beat = async (): Promise<void> => void beats++;
      const rhythm = createRhythm({ everyMs: 200, beat, sweep: () => true });
      rhythm.wake();
      await vi.advanceTimersByTimeAsync(200);
      expect(beats).toBe(1);
      await vi.advanceTimersByTimeAsync(200);
      expect(beats).toBe(2);
      // Nothing was asked meanwhile, as in an outage: the next would come after a second.
      await vi.advanceTimersByTimeAsync(100);
      rhythm.wake();
      await vi.advanceTimersByTimeAsync(199);
      expect(beats).toBe(2);
      rhythm.wake();
      await vi.advanceTimersByTimeAsync(1);
      expect(beats).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });
});
