import {
  by,
  byTier,
  concurrency,
  fixedWindow,
  type Limit,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { describe, expect, it } from "vitest";

const window = { name: "rpm", limit: 3, window: "1m", per: ["tenant"] } as const;
const inflight = { name: "inflight", limit: 8, per: ["tenant"] } as const;
const burst = { name: "burst", capacity: 10, refill: 5, every: "1s", per: ["tenant"] } as const;
const daily = { name: "daily", limit: 3, window: "day", per: ["tenant"] } as const;

const name =
  "must be 1 to 64 letters, digits, dashes, underscores or dots, beginning with a letter or digit";
const capacity = "must be a non-negative safe integer";
const dimensions = "must be an array of dimension names";
const duration = 'must be a positive duration of at most ten years, as 60000 or "1m"';
const precision = "must be an integer of milliseconds from 1 to the window";
const product = (everyMs: number) =>
  `must be at most ${Number.MAX_SAFE_INTEGER} when multiplied by the milliseconds for a whole part of the refill, ${everyMs}`;
const rule = 'must be "charge-used", "charge-estimate" or "refund"';

describe("slidingWindow", () => {
  it.each([
    [{ name: undefined }, `limit: name ${name}, got undefined`],
    [{ name: "" }, `limit: name ${name}, got ""`],
    [{ name: 'r"pm' }, String.raw`limit: name ${name}, got "r\"pm"`],
    [{ name: "a\r\nSet-Cookie: b" }, String.raw`limit: name ${name}, got "a\r\nSet-Cookie: b"`],
    [{ name: "rpm\n" }, String.raw`limit: name ${name}, got "rpm\n"`],
    [{ name: "__proto__" }, `limit: name ${name}, got "__proto__"`],
    [{ name: "-rpm" }, `limit: name ${name}, got "-rpm"`],
    [{ name: "r".repeat(65) }, `limit: name ${name}, got a string of 65 characters`],
    [{ limit: undefined }, `limit "rpm": limit ${capacity}, got undefined`],
    [{ limit: -1 }, `limit "rpm": limit ${capacity}, got -1`],
    [{ limit: 0.5 }, `limit "rpm": limit ${capacity}, got 0.5`],
    [{ limit: Number.NaN }, `limit "rpm": limit ${capacity}, got NaN`],
    [{ limit: 2 ** 53 }, `limit "rpm": limit ${capacity}, got 9007199254740992`],
    [{ limit: "5" }, `limit "rpm": limit ${capacity}, got "5"`],
    [{ unit: "" }, `limit "rpm": unit ${name}, got ""`],
    [{ unit: "__proto__" }, `limit "rpm": unit ${name}, got "__proto__"`],
    [{ unit: 7 }, `limit "rpm": unit ${name}, got 7`],
    [{ per: undefined }, `limit "rpm": per ${dimensions}, got undefined`],
    [{ per: "tenant" }, `limit "rpm": per ${dimensions}, got "tenant"`],
    [{ per: ["__proto__"] }, `limit "rpm": per ${name}, got "__proto__"`],
    [{ per: ["tenant", 1] }, `limit "rpm": per ${name}, got 1`],
    [{ per: ["a", "b", "a"] }, 'limit "rpm": per must be free of repetition, got an array of 3'],
    [{ window: undefined }, `limit "rpm": window ${duration}, got undefined`],
    [{ precisionMs: 0 }, `limit "rpm": precisionMs ${precision}, got 0`],
    [{ precisionMs: 1.5 }, `limit "rpm": precisionMs ${precision}, got 1.5`],
    [{ precisionMs: 60_001 }, `limit "rpm": precisionMs ${precision}, got 60001`],
    [{ precisionMs: "1s" }, `limit "rpm": precisionMs ${precision}, got "1s"`],
    [{ onExpiry: "keep" }, `limit "rpm": onExpiry ${rule}, got "keep"`],
  ])("throws for %o: %s", (wrong, message) => {
    expect(() => slidingWindow({ ...window, ...(wrong as object) })).toThrow(
      expect.objectContaining({ code: "invalid-option", message }),
    );
  });

  it.each([
    ["requests", "1m", { precisionMs: 1, onExpiry: "charge-estimate" }],
    ["tokens", 60_001, { precisionMs: 2, onExpiry: "charge-used" }],
    ["usd", "24h", { precisionMs: 1_440, onExpiry: "charge-used" }],
  ] as const)("of %s over %j has %o unless told", (unit, length, expected) => {
    const limit = slidingWindow({ ...window, unit, window: length });
    expect(limit.termsFor()).toMatchObject(expected);
  });

  it("counts requests unless told, and what it is told where it is told", () => {
    expect(slidingWindow(window)).toMatchObject({ unit: "requests", capacity: 3, per: ["tenant"] });
    const { onExpiry } = slidingWindow({ ...window, onExpiry: "refund" }).termsFor();
    expect(onExpiry).toBe("refund");
  });

  it("takes a name of 64 characters, a limit of 0 and a precision as long as the window", () => {
    const least = { name: "n".repeat(64), limit: 0, window: 10, precisionMs: 10, per: [] };
    expect(slidingWindow(least).termsFor()).toMatchObject({ capacity: 0, precisionMs: 10 });
  });

  it("checks each of the numbers that a subject may have, and names it", () => {
    const limit = { ...window, limit: byTier({ free: 1, pro: -1 }) };
    expect(() => slidingWindow(limit)).toThrow(
      `limit "rpm": limit for tier "pro" ${capacity}, got -1`,
    );
    const choice = by("key", { vip: 9 }, byTier<number>({}, 0.5));
    expect(() => slidingWindow({ ...window, limit: choice })).toThrow(
      `limit "rpm": limit ${capacity}, got 0.5`,
    );
    const lengths = { ...window, window: byTier({ free: "1m", pro: "soon" as "1m" }) };
    expect(() => slidingWindow(lengths)).toThrow(
      `limit "rpm": window for tier "pro" ${duration}, got "soon"`,
    );
    const precise = { ...window, window: byTier({ free: 5, pro: 9 }), precisionMs: 7 };
    expect(() => slidingWindow(precise)).toThrow(`limit "rpm": precisionMs ${precision}, got 7`);
  });

  it("is not changed with the array of dimensions that it was made of", () => {
    const per = ["tenant"];
    const limit = slidingWindow({ ...window, per });
    per.push("user");
    expect(limit.per).toEqual(["tenant"]);
  });
});

describe("concurrency", () => {
  it.each([
    [{ name: 7 }, `limit: name ${name}, got 7`],
    [{ limit: Infinity }, `limit "inflight": limit ${capacity}, got Infinity`],
    [{ unit: "a b" }, `limit "inflight": unit ${name}, got "a b"`],
    [{ per: [[]] }, `limit "inflight": per ${name}, got an array of 0`],
    [{ expiresAfter: "0s" }, `limit "inflight": expiresAfter ${duration}, got "0s"`],
  ])("throws for %o: %s", (wrong, message) => {
    expect(() => concurrency({ ...inflight, ...(wrong as object) })).toThrow(
      expect.objectContaining({ code: "invalid-option", message }),
    );
  });

  it("counts places in flight, for leases of five minutes, unless told", () => {
    expect(concurrency(inflight)).toMatchObject({ unit: "inflight", expiresAfterMs: 300_000 });
  });
});

describe("tokenBucket", () => {
  it.each([
    [{ name: "" }, `limit: name ${name}, got ""`],
    [{ capacity: -1 }, `limit "burst": capacity ${capacity}, got -1`],
    [{ refill: 0.5 }, `limit "burst": refill ${capacity}, got 0.5`],
    [{ refill: 0 }, 'limit "burst": refill must be at least 1, got 0'],
    [{ refill: byTier({ a: 1, b: 0 }) }, 'limit "burst": refill must be at least 1, got 0'],
    [{ every: "0s" }, `limit "burst": every ${duration}, got "0s"`],
    [{ capacity: 2 ** 53 - 1 }, `limit "burst": capacity ${product(200)}, got 9007199254740991`],
    [{ capacity: 2 ** 43, refill: 7, every: 1_025 }, `${product(1_025)}, got 8796093022208`],
  ])("throws for %o: %s", (wrong, message) => {
    expect(() => tokenBucket({ ...burst, ...(wrong as object) })).toThrow(
      expect.objectContaining({
        code: "invalid-option",
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it("counts requests unless told, refilled in lowest terms", () => {
    const limit = tokenBucket(burst);
    expect(limit).toMatchObject({ unit: "requests", capacity: 10, refill: 5, everyMs: 1_000 });
    expect(limit.termsFor()).toMatchObject({ refill: 1, everyMs: 200 });
    expect(tokenBucket({ ...burst, unit: "tokens" }).termsFor().onExpiry).toBe("charge-estimate");
  });

  it("may hold as much as can be counted by ones", () => {
    const most = { ...burst, capacity: Number.MAX_SAFE_INTEGER, refill: 1_000 };
    expect(tokenBucket(most).termsFor()).toMatchObject({ refill: 1, everyMs: 1 });
  });
});

describe("fixedWindow", () => {
  it.each([
    [{ limit: null }, `limit "daily": limit ${capacity}, got null`],
    [{ window: "24h" }, 'limit "daily": window must be "day", "week" or "month", got "24h"'],
    [
      { timeZone: "Mars/Olympus" },
      'limit "daily": timeZone must be one that this runtime knows, got "Mars/Olympus"',
    ],
    [{ onExpiry: "keep" }, `limit "daily": onExpiry ${rule}, got "keep"`],
  ])("throws for %o: %s", (wrong, message) => {
    expect(() => fixedWindow({ ...daily, ...(wrong as object) })).toThrow(
      expect.objectContaining({ code: "invalid-option", message }),
    );
  });

  it("counts requests by the calendar of UTC, unless told", () => {
    expect(fixedWindow(daily)).toMatchObject({ unit: "requests", window: "day", timeZone: "UTC" });
    expect(fixedWindow(daily).termsFor().onExpiry).toBe("charge-estimate");
    expect(fixedWindow({ ...daily, unit: "usd" }).termsFor().onExpiry).toBe("charge-used");
  });
});

describe.each<[string, Limit, string]>([
  ["a sliding window", slidingWindow(window), "rpm|sliding-window|requests|tenant"],
  ["a token bucket", tokenBucket(burst), "burst|token-bucket|requests|tenant"],
  ["a fixed window", fixedWindow(daily), "daily|fixed-window|requests|tenant"],
  ["concurrency", concurrency(inflight), "inflight|concurrency|inflight|tenant"],
])("%s", (_, limit, scope) => {
  it("is frozen, and has the same terms for every subject that has the same numbers", () => {
    expect(Object.isFrozen(limit)).toBe(true);
    expect(limit.termsFor({ tenant: "acme" })).toBe(limit.termsFor());
    expect(limit.termsFor().scope).toBe(scope);
  });
});

const common = "name, per, unit";

describe.each([
  ["sliding-window", slidingWindow, `${common}, limit, window, precisionMs, onExpiry`, window],
  ["token-bucket", tokenBucket, `${common}, capacity, refill, every`, burst],
  ["fixed-window", fixedWindow, `${common}, limit, window, timeZone, onExpiry`, daily],
  ["concurrency", concurrency, `${common}, limit, expiresAfter`, inflight],
])("%s", (made, make: (...options: never[]) => unknown, names, good) => {
  it.each([
    [undefined, "undefined"],
    [null, "null"],
    ["rpm", '"rpm"'],
  ])("throws for %o in place of its options", (options, shown) => {
    expect(() => Reflect.apply(make, undefined, [options])).toThrow(
      `${made}: options must be an object, got ${shown}`,
    );
  });

  it("throws for an option that it does not have", () => {
    expect(() => Reflect.apply(make, undefined, [{ name: "odd", per: [], limits: 8 }])).toThrow(
      `${made}: option must be one of ${names}, got "limits"`,
    );
  });

  it.each([...Object.keys(good), "unit", "x".repeat(1_000)])(
    "does not repeat a megabyte given for %s",
    (option) => {
      const options = { ...good, [option]: "x".repeat(1_000_000) };
      expect(() => Reflect.apply(make, undefined, [options])).toThrow(/^.{1,299}$/);
    },
  );
});
