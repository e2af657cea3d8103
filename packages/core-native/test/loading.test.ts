import { isSluiceError } from "@sluice/core";
import { afterEach, describe, expect, it, vi } from "vitest";

import { autoStore, loadNative, nativeStore } from "../src/index.ts";
import { platformName } from "../src/platform.ts";
import { hasNative, skipped } from "./native.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function thrownBy(action: () => unknown): { readonly code: string; readonly message: string } {
  try {
    action();
  } catch (error) {
    if (isSluiceError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("without the addon", () => {
  it("loads nothing where SLUICE_NATIVE is off", () => {
    vi.stubEnv("SLUICE_NATIVE", "off");
    expect(loadNative()).toBeUndefined();
  });

  it("throws native-unavailable, and names the store to use instead", () => {
    vi.stubEnv("SLUICE_NATIVE", "off");
    const { code, message } = thrownBy(() => nativeStore());
    expect(code).toBe("native-unavailable");
    expect(message).toBe("nativeStore: SLUICE_NATIVE is off; use memoryStore()");
  });

  it("has autoStore pick memory, and say why", () => {
    vi.stubEnv("SLUICE_NATIVE", "off");
    const { kind, store, reason } = autoStore({ clock: () => 1_000, maxKeys: 10 });
    expect({ kind, reason }).toEqual({ kind: "memory", reason: "SLUICE_NATIVE is off" });
    expect(store.size().keys).toBe(0);
  });
});

describe("with the addon", () => {
  it("is there, where this machine can build it", ({ skip }) => {
    skip(!hasNative, skipped);
    expect(loadNative()).toBeDefined();
  });
});

describe.skipIf(!hasNative)("with the addon, a program", () => {
  it("says what it has loaded", () => {
    const native = loadNative()!;
    expect(native.platform).toBe(platformName());
    expect(native.from).toContain(platformName());
  });

  it("has autoStore pick native, and say from where", () => {
    const { kind, reason } = autoStore();
    expect({ kind, reason }).toEqual({ kind: "native", reason: `loaded ${loadNative()!.from}` });
  });
});

describe("options", () => {
  it.each([
    [{ maxKeys: 0 }, "nativeStore: maxKeys must be an integer from 1 to 2,147,483,648, got 0"],
    [
      { maxLeases: 1.5 },
      "nativeStore: maxLeases must be an integer from 1 to 2,147,483,648, got 1.5",
    ],
    [{ clock: 5 }, "nativeStore: clock must be a function, got 5"],
    [
      { shared: "yes" },
      'nativeStore: shared must be true, the table of a store, or { path }, got "yes"',
    ],
    [
      { shared: { path: "a\0b" } },
      "nativeStore: shared must be true, the table of a store, or { path }, got an object",
    ],
    [
      { shared: { table: "../x" } },
      "nativeStore: shared must be true, the table of a store, or { path }, got an object",
    ],
    [
      { keys: 5 },
      'nativeStore: option must be one of clock, maxKeys, maxLeases, remember, shared, got "keys"',
    ],
  ])("%o is refused", (options, message) => {
    expect(thrownBy(() => nativeStore(options as never))).toMatchObject({
      code: "invalid-option",
      message,
    });
  });
});
