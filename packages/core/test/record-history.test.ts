import { createLimiter, memoryStore, slidingWindow, SluiceError } from "@sluice/core";
import { checkHistory, type HistoryRecord, manualClock, recordHistory } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { failing } from "./failing.ts";
import { granted } from "./granted.ts";

const limits = [
  slidingWindow({ name: "rpm", limit: 3, window: 100, per: ["user"] }),
  slidingWindow({ name: "tpm", limit: 50, window: 100, unit: "tokens", per: [] }),
];
const ann = { user: "ann" };

const kinds = (records: readonly HistoryRecord[]): string[] =>
  records.map((record) => ("limit" in record ? `${record.kind} ${record.limit}` : record.kind));

describe("a recorded store", () => {
  it("answers as the one it is made of, and writes a record for each limit", () => {
    const clock = manualClock(7);
    const { store, records } = recordHistory(memoryStore({ clock }), { by: "one" });
    const limiter = createLimiter({ limits, store });
    const lease = granted(limiter.reserve(ann, { tokens: 10 }, { deadline: 40 }));
    expect(store.size()).toMatchObject({ keys: 2, leases: 1 });
    expect(records).toMatchObject([
      { kind: "grant", atMs: 7, by: "one", limit: "rpm", subject: "ann", cost: 1, used: 1 },
      { kind: "grant", limit: "tpm", subject: "", cost: 10, capacity: 50, expiresAfterMs: 40 },
    ]);
    lease.extend({ tokens: 12 });
    lease.settle({ tokens: 20 });
    expect(lease.settle().applied).toBe(false);
    expect(records.slice(2)).toMatchObject([
      { kind: "extension", limit: "rpm", used: undefined, charged: 1 },
      { kind: "extension", limit: "tpm", used: 12, charged: 12 },
      { kind: "settle", limit: "rpm", charged: 1 },
      { kind: "settle", limit: "tpm", charged: 20 },
    ]);
    expect(checkHistory(records, { limits })).toMatchObject({ isValid: true });
  });

  it("records refusals, batches, adjustments and resets", () => {
    const { store, records } = recordHistory(memoryStore({ clock: manualClock() }));
    const limiter = createLimiter({ limits, store });
    limiter.checkMany([
      { subject: ann, cost: { tokens: 50 } },
      { subject: ann, cost: { tokens: 1 } },
    ]);
    limiter.penalize(ann, { tokens: 5 });
    limiter.reward(ann, { tokens: 7 });
    limiter.reset(ann);
    expect(kinds(records)).toEqual([
      "grant rpm",
      "grant tpm",
      "refusal rpm",
      "refusal tpm",
      "adjustment rpm",
      "adjustment tpm",
      "adjustment rpm",
      "adjustment tpm",
      "reset rpm",
    ]);
    expect(records[7]).toMatchObject({ units: -7 });
    expect(checkHistory(records, { limits })).toMatchObject({ isValid: true });
  });

  it("records what was lost, and since when its replay may have been charged", async () => {
    const clock = manualClock(1_000);
    const inner = failing(memoryStore({ clock }));
    const { store, records } = recordHistory(inner, { clock });
    const limiter = createLimiter({ limits, store });
    await limiter.check(ann, { tokens: 1 });
    clock.advance(30);
    const reserve = inner.reserve.bind(inner);
    inner.reserve = async (...asked) => {
      await reserve(...asked);
      throw new Error("cut mid-reply");
    };
    const ask = () => limiter.reserve(ann, { tokens: 9 }, { id: "order" });
    await expect(ask()).rejects.toThrow("cut mid-reply");
    inner.reserve = reserve;
    clock.advance(30);
    expect(await ask()).toMatchObject({ replayed: true });
    expect(kinds(records.slice(2))).toEqual(["lost rpm", "lost tpm", "grant rpm", "grant tpm"]);
    expect(records.slice(2)).toMatchObject([
      { atMs: 1_030, sinceMs: 1_000 },
      { cost: 9 },
      { atMs: 1_060, replayed: true, sinceMs: 1_000 },
      { cost: 9 },
    ]);
    const verdict = checkHistory(records, { limits });
    expect(verdict).toMatchObject({ isValid: true, leases: { granted: 1, live: 1 } });
  });

  it("takes an error of the caller's for what it is: nothing was lost", async () => {
    const inner = failing(memoryStore({ clock: manualClock() }));
    const { store, records } = recordHistory(inner);
    const limiter = createLimiter({ limits, store });
    inner.error = new SluiceError("invalid-cost", "no");
    await expect(limiter.check(ann, { tokens: 1 })).rejects.toThrow("no");
    expect(records).toEqual([]);
  });

  it("keeps nothing where records are written elsewhere", () => {
    const written: HistoryRecord[] = [];
    const write = (record: HistoryRecord): void => void written.push(record);
    const { store, records } = recordHistory(memoryStore(), { write });
    createLimiter({ limits, store }).check(ann, { tokens: 1 });
    expect([written.length, records.length]).toEqual([2, 0]);
  });
});
