import { createLimiter, memoryStore, slidingWindow, type Subject } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const everyone = slidingWindow({ name: "everyone", limit: 5, window: "1m", per: [] });
const pair = slidingWindow({ name: "pair", limit: 1, window: "1m", per: ["a", "b"] });

function limiterOf(...limits: (typeof pair)[]) {
  return createLimiter({ limits, store: memoryStore({ clock: manualClock() }) });
}

describe("a subject that a limit cannot count", () => {
  it.each([
    [
      "no dimension",
      { a: "x" },
      '"b", which must be a string of 1 to 256 characters, got undefined',
    ],
    ["an empty value", { a: "x", b: "" }, 'got ""'],
    ["a value of 257 characters", { a: "x", b: "y".repeat(257) }, "got a string of 257 characters"],
    ["a megabyte", { a: "z".repeat(1_000_000), b: "y" }, "got a string of 1000000 characters"],
    ["a number", { a: 5, b: "y" }, "got 5"],
    ["null for a value", { a: null, b: "y" }, "got null"],
    ["an object for a value", { a: { toString: () => "x" }, b: "y" }, "got an object"],
    ["null", null, "subject: must be an object, got null"],
    ["nothing", undefined, "subject: must be an object, got undefined"],
    ["an array", ["x", "y"], "subject: must be an object, got an array of 2"],
    ["a string", "acme", 'subject: must be an object, got "acme"'],
  ])("with %s is refused in few words, and nothing is charged", (_, wrong, message) => {
    const limiter = limiterOf(everyone, pair);
    const subject = wrong as unknown as Subject;
    const expected = expect.objectContaining({
      code: "invalid-subject",
      message: expect.stringMatching(/^.{1,299}$/) as string,
    });
    expect(() => limiter.check(subject)).toThrow(expected);
    expect(() => limiter.reserve(subject)).toThrow(expected);
    expect(() => limiter.check(subject)).toThrow(message);
    const probe = limiter.check({ a: "x", b: "y" }, { requests: 6 });
    expect(probe.limits.map(({ used }) => used)).toEqual([0, 0]);
  });

  it("may have 256 characters, and dimensions that no limit names", () => {
    const subject = { a: "x".repeat(256), b: "y", other: "" };
    expect(limiterOf(pair).check(subject).allowed).toBe(true);
  });
});

describe("subjects that differ", () => {
  const value = fc.string({
    unit: fc.constantFrom("|", ":", "0", "1", "2", "9", "a"),
    minLength: 1,
    maxLength: 8,
  });
  const pairs = fc.tuple(value, value);

  it("never share a count, whatever characters they hold", () => {
    fc.assert(
      fc.property(pairs, pairs, ([a, b], [c, d]) => {
        fc.pre(a !== c || b !== d);
        const limiter = limiterOf(pair);
        expect(limiter.check({ a, b }).allowed).toBe(true);
        expect(limiter.check({ a: c, b: d }).allowed).toBe(true);
        expect(limiter.check({ a, b }).allowed).toBe(false);
      }),
    );
  });

  it("never share a count when the same characters are divided in another way", () => {
    const text = "1:1|1:1|1:1|2:11";
    const limiter = limiterOf(pair);
    for (let at = 1; at < text.length; at++) {
      expect(limiter.check({ a: text.slice(0, at), b: text.slice(at) }).allowed).toBe(true);
    }
  });

  it("are told apart by case and by unpaired surrogates", () => {
    const limiter = limiterOf(pair);
    const values = ["é", "e\u0301", "É", "\ud800", "\udc00", "\ufffd", "\0"];
    for (const a of values) expect(limiter.check({ a, b: "b" }).allowed).toBe(true);
  });
});

describe("a subject out of JSON", () => {
  it("is not changed by properties that are named like those of objects", () => {
    const limiter = limiterOf(pair);
    expect(limiter.check({ a: "x", b: "y" }).allowed).toBe(true);
    const subject = JSON.parse(
      '{"a":"x","b":"y","__proto__":{"a":"z"},"constructor":"z","toString":"z"}',
    ) as Subject;
    expect(limiter.check(subject).allowed).toBe(false);
    expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
  });

  it("does not get a missing dimension from a property named __proto__", () => {
    const subject = JSON.parse('{"b":"y","__proto__":{"a":"x"}}') as Subject;
    expect(() => limiterOf(pair).check(subject)).toThrow("got undefined");
  });

  it("does not get a dimension from what every object has", () => {
    const limit = slidingWindow({ name: "c", limit: 1, window: "1m", per: ["constructor"] });
    const limiter = limiterOf(limit);
    expect(() => limiter.check({})).toThrow(expect.objectContaining({ code: "invalid-subject" }));
    expect(limiter.check({ constructor: "x" }).allowed).toBe(true);
  });

  it("keeps dimensions apart that have the same value, in limits that have the same name", () => {
    const store = memoryStore();
    const limitPer = (dimension: string) => {
      const limit = slidingWindow({ name: "rpm", limit: 1, window: "1m", per: [dimension] });
      return createLimiter({ limits: [limit], store });
    };
    expect(limitPer("user").check({ user: "192.0.2.1" }).allowed).toBe(true);
    expect(limitPer("ip").check({ ip: "192.0.2.1" }).allowed).toBe(true);
    expect(limitPer("user").check({ user: "192.0.2.1" }).allowed).toBe(false);
  });
});
