import { describe, expect, it } from "vitest";

import {
  acme,
  claim,
  inflight,
  limiterOf,
  pause,
  recovered,
  rpm,
  tpm,
  used,
  world,
} from "./world.ts";

const tokens = { tokens: 40 };

function setUp(options: Parameters<typeof world>[0] = {}) {
  const made = world(options);
  return { ...made, limiter: limiterOf(made.guarded, rpm, tpm, inflight) };
}

async function reserve(limiter: ReturnType<typeof limiterOf>, id?: string) {
  const reservation = await limiter.reserve(acme, tokens, id === undefined ? {} : { id });
  if (!reservation.allowed) throw new Error(`expected a lease, got ${reservation.reason}`);
  return reservation;
}

describe("a lease", () => {
  it("that was reserved locally is settled locally, and charged to the store as settled", async () => {
    const { exact, store, guarded, limiter } = setUp();
    store.fault = "rejects";
    const { lease } = await reserve(limiter);
    expect(await lease.settle({ tokens: 7 })).toMatchObject({ applied: true });
    expect(
      (await limiter.peek(acme, { requests: 0, tokens: 0 })).limits.map((state) => state.used),
    ).toEqual([1, 7, 0]);
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 7, 0]);
  });

  it("that was reserved locally and lives on is handed over to the store", async () => {
    const { exact, store, guarded, limiter } = setUp();
    store.fault = "rejects";
    const { lease } = await reserve(limiter);
    await lease.extend({ tokens: 50 });
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 50, 1]);
    await lease.settle({ tokens: 60 });
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 60, 0]);
  });

  it("for which the store has no room is charged for good, and corrected when it is settled", async () => {
    const { exact, store, guarded, limiter } = setUp();
    store.fault = "rejects";
    const { lease } = await reserve(limiter);
    exact.adjust([claim(tpm, 90)], "charge");
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 130, 0]);
    await lease.settle({ tokens: 7 });
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 97, 0]);
  });

  it("that the store reserved is extended and settled when it is back", async () => {
    const { exact, store, guarded, limiter } = setUp();
    const { lease } = await reserve(limiter);
    store.fault = "rejects";
    await lease.extend({ tokens: 30 });
    await lease.extend({ tokens: 30 });
    const charge = await lease.settle();
    expect(charge.limits.map(({ charged }) => charged)).toEqual([1, 40, 0]);
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 60, 0]);
  });

  it.each(["rejects", "hangs", "charges, then rejects"] as const)(
    "asked for three times, in a store that %s, is charged once",
    async (fault) => {
      const { exact, store, guarded, limiter } = setUp();
      store.fault = fault;
      expect(await reserve(limiter, "mine")).toMatchObject({ replayed: false });
      expect(await reserve(limiter, "mine")).toMatchObject({ replayed: true });
      store.fault = "none";
      await recovered(guarded);
      expect(await reserve(limiter, "mine")).toMatchObject({ replayed: true });
      expect(used(exact, rpm, tpm, inflight)).toEqual([1, 40, 1]);
    },
  );

  it("asked for again after the store failed is known, and so when it has settled", async () => {
    const { exact, store, guarded, limiter } = setUp();
    const { lease } = await reserve(limiter, "mine");
    store.fault = "rejects";
    expect(await reserve(limiter, "mine")).toMatchObject({ replayed: true });
    await lease.settle({ tokens: 7 });
    expect(await reserve(limiter, "mine")).toMatchObject({ replayed: true });
    await expect(limiter.reserve(acme, { tokens: 1 }, { id: "mine" })).rejects.toMatchObject({
      code: "id-conflict",
    });
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 7, 0]);
  });

  it("settled locally is known by its id to the store afterwards", async () => {
    const { exact, store, guarded, limiter } = setUp();
    store.fault = "rejects";
    const { lease } = await reserve(limiter, "mine");
    await lease.settle({ tokens: 7 });
    store.fault = "none";
    await recovered(guarded);
    expect(await reserve(limiter, "mine")).toMatchObject({ replayed: true });
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 7, 0]);
  });

  it("released locally leaves nothing behind", async () => {
    const { exact, store, guarded, limiter } = setUp();
    store.fault = "charges, then rejects";
    const { lease } = await reserve(limiter, "mine");
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 40, 1]);
    store.fault = "rejects";
    await lease.release();
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([0, 0, 0]);
  });
});

describe("an answer that comes too late", () => {
  it("of a request that was granted meanwhile is the one charge for it", async () => {
    const { exact, store, guarded, limiter } = setUp();
    Object.assign(store, { delayMs: 250, isQueued: true });
    const { lease } = await reserve(limiter);
    await limiter.check(acme, tokens);
    store.delayMs = 0;
    await recovered(guarded);
    await pause(300);
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([2, 80, 1]);
    await lease.settle({ tokens: 10 });
    expect(used(exact, rpm, tpm, inflight)).toEqual([2, 50, 0]);
  });

  it("of a request that was refused meanwhile is given back", async () => {
    const { exact, store, guarded, limiter } = setUp({ failure: "refuse" });
    Object.assign(store, { delayMs: 250, isQueued: true });
    const answers = await Promise.all([
      limiter.reserve(acme, tokens, { id: "mine" }),
      limiter.reserve(acme, tokens),
      limiter.check(acme, { tokens: 10 }),
      limiter.checkMany([{ subject: acme, cost: { tokens: 5 } }]),
    ]);
    expect(answers.flat().map(({ allowed }) => allowed)).toEqual([false, false, false, false]);
    store.delayMs = 0;
    await pause(300);
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([0, 0, 0]);
    expect(guarded.bound().late).toBe(17);
  });

  it("of an id that was asked for again meanwhile belongs to the one who asked last", async () => {
    const { exact, store, guarded, limiter } = setUp({ failure: "refuse" });
    Object.assign(store, { delayMs: 400, isQueued: true });
    expect(await limiter.reserve(acme, tokens, { id: "mine" })).toMatchObject({ allowed: false });
    store.delayMs = 0;
    await recovered(guarded);
    const { lease } = await reserve(limiter, "mine");
    await pause(450);
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 40, 1]);
    await lease.settle({ tokens: 7 });
    expect(used(exact, rpm, tpm, inflight)).toEqual([1, 7, 0]);
  });

  it("of an extension and a settlement is not sent again", async () => {
    const { exact, store, guarded, limiter } = setUp();
    const [one, two] = [await reserve(limiter), await reserve(limiter)];
    Object.assign(store, { delayMs: 250, isQueued: true });
    await Promise.all([one.lease.extend({ tokens: 45 }), two.lease.settle({ tokens: 7 })]);
    await pause(300);
    store.delayMs = 0;
    await recovered(guarded);
    expect(used(exact, rpm, tpm, inflight)).toEqual([2, 52, 1]);
  });
});
