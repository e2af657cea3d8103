import { createLimiter, isSluiceError, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { readTable } from "./table.ts";

const limits = [slidingWindow({ name: "rph", limit: 9, window: "1h", per: ["user"] })];
const scope = "rph|sliding-window|requests|user";

function setUp() {
  const store = memoryStore({ clock: manualClock(), shared: true });
  const buffer = store.buffer!;
  const { hashOfCount, shardWord, shardOf } = readTable(buffer);
  const locks = new Int32Array(buffer);
  const lockOf = (user: string): number => shardWord(hashOfCount(scope, user), 0);
  const shard = shardOf(hashOfCount(scope, "stuck"));
  const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);
  const elsewhere = users.filter((user) => shardOf(hashOfCount(scope, user)) !== shard);
  const limiter = createLimiter({ limits, store });
  return { store, limiter, locks, lockOf, elsewhere };
}

function errorOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return isSluiceError(error) ? error.code : error;
  }
}

describe("a shared table of which a thread was killed at work", () => {
  it("tells calls on its shard that it is locked, within three seconds, and goes on elsewhere", () => {
    const { limiter, locks, lockOf, elsewhere } = setUp();
    limiter.check({ user: "stuck" });
    Atomics.store(locks, lockOf("stuck"), 1);
    const startMs = Date.now();
    expect(errorOf(() => limiter.check({ user: "stuck" }))).toBe("store-locked");
    expect(Date.now() - startMs).toBeLessThan(3_000);
    for (const user of elsewhere) expect(limiter.check({ user }).allowed).toBe(true);
    Atomics.store(locks, lockOf("stuck"), 0);
    expect(limiter.check({ user: "stuck" }).limits[0]!.used).toBe(2);
  });

  it("has changed nothing when it says so, not even for those of many that came first", () => {
    const { limiter, locks, lockOf, elsewhere } = setUp();
    const [free] = elsewhere;
    Atomics.store(locks, lockOf("stuck"), 1);
    const requests = [{ subject: { user: free! } }, { subject: { user: "stuck" } }];
    expect(errorOf(() => limiter.checkMany(requests))).toBe("store-locked");
    expect(limiter.peek({ user: free! }).limits[0]!.used).toBe(0);
    const held = Array.from({ length: 64 }, (_, shard) => locks[64 + shard * 48]!);
    expect(held.reduce((sum, lock) => sum + lock)).toBe(1);
  });
});

describe("the option shared", () => {
  const truncated = memoryStore({ shared: true }).buffer!.slice(0, 0);
  it.each([
    ["null", null],
    ["a word", "yes"],
    ["memory that cannot be shared", new ArrayBuffer(4_096)],
    ["memory without a table", new SharedArrayBuffer(4_096)],
    ["no memory at all", new SharedArrayBuffer(0)],
    ["what is left of a table", truncated],
  ])("is refused for %s, by name", (_, shared) => {
    const open = () => memoryStore({ shared: shared as SharedArrayBuffer });
    expect(errorOf(open)).toBe("invalid-option");
    expect(open).toThrow(/shared/);
  });

  it("opens the same table again, also in the same thread", () => {
    const store = memoryStore({ clock: manualClock(), shared: true });
    const other = memoryStore({ clock: manualClock(), shared: store.buffer! });
    createLimiter({ limits, store }).check({ user: "a" });
    expect(createLimiter({ limits, store: other }).peek({ user: "a" }).limits[0]!.used).toBe(1);
    expect(other.buffer).toBe(store.buffer);
    expect(memoryStore().buffer).toBeUndefined();
  });
});
