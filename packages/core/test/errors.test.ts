import {
  createLimiter,
  isSluiceError,
  memoryStore,
  slidingWindow,
  SluiceError,
} from "@sluice/core";
import { describe, expect, it } from "vitest";

const brand = Symbol.for("sluice.error");

/** The error of another copy of the package: its class is not ours. */
class OtherError extends Error {
  readonly code = "invalid-cost";
  readonly [brand] = true;
}

describe("isSluiceError", () => {
  it.each([
    ["an error of this package", new SluiceError("invalid-id", "id: wrong"), true],
    ["an error of another copy", new OtherError("cost: wrong"), true],
    ["an error of another realm", { [brand]: true, code: "invalid-id", message: "id" }, true],
    ["a foreign error", new TypeError("no"), false],
    [
      "a foreign error with one of our codes",
      Object.assign(new Error("no"), { code: "invalid-id" }),
      false,
    ],
    ["a brand that is no registered symbol", { [Symbol("sluice.error")]: true }, false],
    ["null", null, false],
    ["undefined", undefined, false],
    ["a string", "invalid-id", false],
    ["a function", () => {}, false],
  ])("tells of %s that it is %o: %s", (_, error, expected) => {
    expect(isSluiceError(error)).toBe(expected);
  });

  it("knows what the package throws, and narrows it to its code", () => {
    const rpm = slidingWindow({ name: "rpm", limit: 1, window: "1m", per: ["user"] });
    const limiter = createLimiter({ limits: [rpm], store: memoryStore() });
    const code = (): string => {
      try {
        return String(limiter.check({}).allowed);
      } catch (error) {
        return isSluiceError(error) ? error.code : "foreign";
      }
    };
    expect(code()).toBe("invalid-subject");
  });
});

describe("SluiceError", () => {
  it("is an Error with a name, a code, a message and a cause", () => {
    const cause = new Error("below");
    const error = new SluiceError("invalid-clock", "clock: wrong", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "SluiceError", code: "invalid-clock", cause });
    expect(String(error)).toBe("SluiceError: clock: wrong");
  });

  it("keeps its brand out of what is logged", () => {
    const error = new SluiceError("invalid-clock", "clock: wrong");
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "invalid-clock",
      name: "SluiceError",
    });
    expect(Object.getOwnPropertyDescriptor(error, brand)?.enumerable).toBe(false);
  });
});
