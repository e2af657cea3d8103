import { slidingWindow, SluiceError } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { isCallersError, isHopeless, isIsolated, modeFinder } from "../../src/guard/failure.ts";

describe("an error", () => {
  it.each([
    ["id-conflict", true],
    ["invalid-cost", true],
    ["store-locked", false],
    ["invalid-reply", false],
  ] as const)("of code %s is the caller's: %s", (code, isTheirs) => {
    const error = new SluiceError(code, "as it was");
    expect([isCallersError(error), isHopeless(error)]).toEqual([isTheirs, isTheirs]);
  });

  it.each([
    ["WRONGTYPE Operation against a key holding the wrong kind of value", true],
    ["ERR user_script:31: bad argument #2 to 'unpack', on @user_script:31.", true],
    ["ERR user_script:12: ACL failure in script: no permissions, on @user_script:12.", false],
    [
      "ERR user_script:12: -OOM command not allowed when used memory > 'maxmemory', on @user_script:12.",
      false,
    ],
    ["NOPERM User sluice has no permissions to run the 'evalsha' command", false],
    ["Connection is closed.", false],
  ])("that says %j is of what was asked alone: %s", (message, isAlone) => {
    expect(isIsolated(new Error(message))).toBe(isAlone);
  });
});

it("a limit has the mode of its own name, whatever objects inherit", () => {
  const modeOf = modeFinder({ rpm: "refuse" });
  const modes = ["rpm", "constructor", "toString"].map((name) =>
    modeOf(slidingWindow({ name, limit: 1, window: "1m", per: [] }).termsFor()),
  );
  expect(modes).toEqual(["refuse", "local", "local"]);
});
