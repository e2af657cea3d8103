import { createLimiter, memoryStore, type MemoryStore, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { later } from "./later.ts";

const window = { limit: 3, window: "1m", per: [] } as const;
const rpm = slidingWindow({ ...window, name: "rpm" });
const limitsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => slidingWindow({ ...window, name: `l${index}` }));

const verbs = [
  "reserve",
  "reserveMany",
  "peek",
  "extend",
  "settle",
  "adjust",
  "block",
  "reset",
] as const;
const limits = "limits must be an array of 1 to 32 limits";
const made =
  "limits must be made by slidingWindow(), tokenBucket(), fixedWindow() or concurrency()";
const cap = "must be an integer from 1 to 2,147,483,648";

describe("createLimiter", () => {
  it.each([
    [{ limits: undefined }, `${limits}, got undefined`],
    [{ limits: rpm }, `${limits}, got an object`],
    [{ limits: [] }, `${limits}, got an array of 0`],
    [{ limits: limitsOf(33) }, `${limits}, got an array of 33`],
    [{ limits: [{}] }, `${made}, got an object`],
    [{ limits: [rpm, null] }, `${made}, got null`],
    [{ limits: [slidingWindow] }, `${made}, got a function`],
    [{ limits: [{ ...rpm, capacity: 1.5 }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, capacity: Number.NaN }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, windowMs: Number.NaN }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, precisionMs: 0 }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, onExpiry: "never" }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, name: 'a";q=9\r\nx: y' }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, unit: "" }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, per: ["__proto__"] }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, algorithm: "concurrency" }] }, `${made}, got an object`],
    [{ limits: [{ ...rpm, algorithm: "other" }] }, `${made}, got an object`],
    [{ limits: [rpm, rpm] }, 'limits must be named apart, got "rpm"'],
    [{ store: undefined }, "store must be a store, got undefined"],
    [{ store: null }, "store must be a store, got null"],
    [{ store: {} }, "store must be a store, got an object"],
    [{ store: memoryStore }, "store must be a store, got a function"],
    [{ store: "x".repeat(1_000_000) }, "store must be a store, got a string of 1000000 characters"],
    [{ store: { reserve: () => {} } }, "store must be a store, got an object"],
    [{ mode: "shadow" }, 'mode must be "enforce" or "observe", got "shadow"'],
    [{ mode: null }, 'mode must be "enforce" or "observe", got null'],
    [{ observe: {} }, "observe must be a function, got an object"],
    [{ observe: null }, "observe must be a function, got null"],
    [{ limit: rpm }, 'option must be one of limits, store, mode, observe, got "limit"'],
  ])("throws for %o: %s", (wrong, message) => {
    const options = { limits: [rpm], store: memoryStore(), ...(wrong as object) };
    expect(() => createLimiter(options)).toThrow(
      expect.objectContaining({ code: "invalid-option", message: `createLimiter: ${message}` }),
    );
  });

  it.each(verbs)("throws for a store that cannot %s", (verb) => {
    const store = { ...memoryStore(), [verb]: undefined } as unknown as MemoryStore;
    expect(() => createLimiter({ limits: [rpm], store })).toThrow(
      "createLimiter: store must be a store, got an object",
    );
  });

  it.each([[undefined], [null]])("throws for %o in place of its options", (options) => {
    expect(() => Reflect.apply(createLimiter, undefined, [options])).toThrow(
      `createLimiter: options must be an object, got ${options}`,
    );
  });

  it("throws for a limit that came from elsewhere as plain data: it has no terms", () => {
    const copy = JSON.parse(JSON.stringify(rpm)) as typeof rpm;
    for (const limit of [copy, Object.freeze(copy)]) {
      expect(() => createLimiter({ limits: [limit], store: memoryStore() })).toThrow(
        `createLimiter: ${made}, got an object`,
      );
    }
  });

  it("needs of a store no more than its verbs", async () => {
    const limiter = createLimiter({ limits: [rpm], store: later(memoryStore()) });
    expect(await limiter.check({})).toMatchObject({ allowed: true });
    expect(limiter.metrics()).toMatchObject({ allowed: 1, keys: undefined, leases: undefined });
  });

  it("takes 32 limits, and is not changed with their array", () => {
    const many = limitsOf(32);
    const limiter = createLimiter({ limits: many, store: memoryStore() });
    many.pop();
    expect(limiter.limits).toHaveLength(32);
    expect(limiter.check({}).limits).toHaveLength(32);
  });
});

describe("memoryStore", () => {
  it.each([
    [{ clock: 5 }, "clock must be a function, got 5"],
    [{ clock: null }, "clock must be a function, got null"],
    [{ maxKeys: 0 }, `maxKeys ${cap}, got 0`],
    [{ maxKeys: 1.5 }, `maxKeys ${cap}, got 1.5`],
    [{ maxKeys: Infinity }, `maxKeys ${cap}, got Infinity`],
    [{ maxLeases: "9" }, `maxLeases ${cap}, got "9"`],
    [{ maxLeases: -1 }, `maxLeases ${cap}, got -1`],
    [{ maxLeases: "9".repeat(99) }, `maxLeases ${cap}, got a string of 99 characters`],
    [
      { remember: "soon" },
      'remember must be a positive duration of at most ten years, as 60000 or "1m", got "soon"',
    ],
    [{ maxKeys: 2 ** 31 + 1 }, `maxKeys ${cap}, got 2147483649`],
    [
      { maxKey: 5 },
      'option must be one of clock, maxKeys, maxLeases, remember, shared, got "maxKey"',
    ],
  ])("throws for %o: %s", (wrong, message) => {
    expect(() => memoryStore(wrong as object)).toThrow(
      expect.objectContaining({ code: "invalid-option", message: `memoryStore: ${message}` }),
    );
  });

  it("throws for null in place of its options, and needs none", () => {
    expect(() => Reflect.apply(memoryStore, undefined, [null])).toThrow(
      "memoryStore: options must be an object, got null",
    );
    expect(memoryStore().size()).toMatchObject({ keys: 0, leases: 0, live: 0 });
  });
});
