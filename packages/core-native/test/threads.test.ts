import { createLimiter, isSluiceError, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { nativeStore } from "../src/index.ts";
import { hasNative } from "./native.ts";

const limits = [slidingWindow({ name: "rph", limit: 3, window: "1h", per: ["user"] })];
const clock = (): number => 1_000_000;

describe.skipIf(!hasNative)("the table of a store", () => {
  it("is undefined of a store that does not share", () => {
    expect(nativeStore().table).toBeUndefined();
  });

  it("opens the same counts, and outlives the store that made it", () => {
    const first = nativeStore({ shared: true, clock });
    const table = structuredClone(first.table!);
    createLimiter({ limits, store: first }).check({ user: "a" }, { requests: 2 });
    const second = nativeStore({ shared: table, clock });
    first.close();
    const third = createLimiter({ limits, store: nativeStore({ shared: second.table!, clock }) });
    expect(third.check({ user: "a" }, { requests: 2 }).allowed).toBe(false);
    expect(third.check({ user: "a" }).allowed).toBe(true);
  });

  it("cannot be opened once no store has it", () => {
    const store = nativeStore({ shared: true });
    const table = store.table!;
    store.close();
    let error: unknown;
    try {
      nativeStore({ shared: table });
    } catch (caught) {
      error = caught;
    }
    expect(isSluiceError(error) && error.code).toBe("invalid-option");
    expect(String(error)).toContain("no store of this process has the table any more");
  });

  it("goes on from the latest time that any of its stores has seen", () => {
    const first = nativeStore({ shared: true, clock: () => 5_000 });
    const second = nativeStore({ shared: first.table!, clock: () => 1_000 });
    createLimiter({ limits, store: first }).check({ user: "a" });
    expect(createLimiter({ limits, store: second }).check({ user: "a" }).atMs).toBe(5_000);
  });
});

describe.skipIf(!hasNative)("a store", () => {
  it("forgets what is idle when it is swept, and tells its size", () => {
    const time = { ms: 1_000_000 };
    const store = nativeStore({ clock: () => time.ms });
    const limiter = createLimiter({ limits, store });
    for (let user = 0; user < 100; user++) limiter.check({ user: `${user}` });
    expect(store.size()).toMatchObject({ keys: 100, leases: 0, live: 0 });
    time.ms += 3_700_000;
    store.sweep();
    expect(store.size()).toMatchObject({ keys: 0 });
  });

  it("tells texts apart that differ beyond U+00FF, or are long", () => {
    const store = nativeStore({ clock });
    const terms = limits[0]!.termsFor({});
    const subjects = ["é", "e", "日本", "日木", "x".repeat(5_000), "x".repeat(4_999), ""];
    const used = [1, 2].map(() =>
      subjects.map((subject) => store.reserve([{ terms, subject, cost: 1 }]).states[0]),
    );
    expect(used).toEqual([subjects.map(() => 1), subjects.map(() => 2)]);
    expect(store.size().keys).toBe(subjects.length);
  });

  it("knows more terms than it remembers, and counts alike", () => {
    const store = nativeStore({ clock });
    for (let round = 0; round < 5_000; round++) {
      createLimiter({
        limits: [
          slidingWindow({ name: "rph", limit: 1_000_000 + round, window: "1h", per: ["user"] }),
        ],
        store,
      }).check({ user: "a" });
    }
    const limiter = createLimiter({ limits, store });
    expect(limiter.peek({ user: "a" }).limits[0]!.used).toBe(5_000);
    expect(store.size().keys).toBe(1);
  });

  it("refuses more than 32 claims in a call", () => {
    const store = nativeStore();
    const claim = { terms: limits[0]!.termsFor({}), subject: "a", cost: 1 };
    const claims = Array.from({ length: 33 }, () => claim);
    expect(() => store.reserve(claims)).toThrow("at most 32 claims, got 33");
    expect(() => store.reserveMany([[claim], claims])).toThrow("at most 32 claims, got 33");
  });
});
