import { concurrency, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

const window = { name: "rpm", limit: 3, window: "1m", per: ["tenant"] } as const;
const inflight = { name: "inflight", limit: 8, per: ["tenant"] } as const;

const name =
  "must be 1 to 64 letters, digits, dashes, underscores or dots, beginning with a letter or digit";
const capacity = "must be a non-negative safe integer";
const dimensions = "must be an array of dimension names";
const duration = 'must be a positive duration of at most ten years, as 60000 or "1m"';
const precision = "must be an integer of milliseconds from 1 to the window";
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
    expect(slidingWindow({ ...window, unit, window: length })).toMatchObject(expected);
  });

  it("counts requests unless told, and what it is told where it is told", () => {
    expect(slidingWindow(window)).toMatchObject({ unit: "requests", capacity: 3, per: ["tenant"] });
    expect(slidingWindow({ ...window, onExpiry: "refund" }).onExpiry).toBe("refund");
  });

  it("takes a name of 64 characters, a limit of 0 and a precision as long as the window", () => {
    const least = { name: "n".repeat(64), limit: 0, window: 10, precisionMs: 10, per: [] };
    expect(slidingWindow(least)).toMatchObject({ capacity: 0, precisionMs: 10 });
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

describe.each([
  ["slidingWindow", slidingWindow, "name, limit, per, unit, window, precisionMs, onExpiry"],
  ["concurrency", concurrency, "name, limit, per, unit, expiresAfter"],
])("%s", (made, make: (...options: never[]) => unknown, names) => {
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
    expect(() => Reflect.apply(make, undefined, [{ ...inflight, limits: 8 }])).toThrow(
      `${made}: option must be one of ${names}, got "limits"`,
    );
  });

  it.each(["name", "limit", "unit", "per", "x".repeat(1_000)])(
    "does not repeat a megabyte given for %s",
    (option) => {
      const options = { ...window, [option]: "x".repeat(1_000_000) };
      expect(() => Reflect.apply(make, undefined, [options])).toThrow(/^.{1,299}$/);
    },
  );
});
