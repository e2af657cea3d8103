import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { createLimiter, isSluiceError, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { nativeStore } from "../src/index.ts";
import { folder, hasNative } from "./native.ts";

const run = promisify(execFile);
const corrupter = fileURLToPath(new URL("workers/corrupter.ts", import.meta.url));
const limits = [slidingWindow({ name: "rph", limit: 3, window: "1h", per: ["user"] })];
const clock = (): number => 1_000_000;

/** Where a file's table begins: behind its first page and the areas of 128 owners. */
const tableAt = 2 ** 16 + 128 * 2 ** 23;

function errorOf(path: string): string {
  try {
    nativeStore({ shared: { path } }).close();
    return "opened";
  } catch (error) {
    if (isSluiceError(error)) return `${error.code} ${error.message.replace(/^.*": /, "")}`;
    throw error;
  }
}

/** Root may write to anything. */
function asNobody<T>(act: () => T): T {
  if (process.getuid?.() !== 0) return act();
  process.seteuid?.("nobody");
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

describe.skipIf(!hasNative || process.platform === "win32")("a file that stores share", () => {
  it("is for its owner alone, and there is nothing beside it", () => {
    using files = folder();
    const path = files.at("table");
    nativeStore({ shared: { path } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(["table"]);
  });

  it("takes no more of the disk than it uses", () => {
    using files = folder();
    const path = files.at("table");
    nativeStore({ shared: { path } });
    expect(statSync(path).blocks * 512).toBeLessThan(3 * 2 ** 20);
  });

  it("keeps what was counted when all have closed it, and the options of the first", () => {
    using files = folder();
    const shared = { path: files.at("table") };
    const first = nativeStore({ shared, clock, maxKeys: 1 });
    createLimiter({ limits, store: first }).check({ user: "a" }, { requests: 2 });
    first.close();
    const store = nativeStore({ shared, clock, maxKeys: 100 });
    const limiter = createLimiter({ limits, store });
    expect(limiter.check({ user: "a" }, { requests: 2 }).allowed).toBe(false);
    expect(limiter.check({ user: "b" }, { requests: 2 })).toMatchObject({
      reason: "store-unavailable",
    });
  });

  it("throws store-failed once it is closed", () => {
    using files = folder();
    const store = nativeStore({ shared: { path: files.at("table") } });
    store.close();
    expect(() => createLimiter({ limits, store }).check({ user: "a" })).toThrow("closed");
    expect(store.size()).toEqual({ keys: 0, leases: 0, live: 0, bytes: 0 });
  });

  it("is not opened by more than 128 at a time", () => {
    using files = folder();
    const path = files.at("table");
    const stores = Array.from({ length: 128 }, () => nativeStore({ shared: { path } }));
    expect(errorOf(path)).toBe("store-failed too many stores have it open");
    stores[77]!.close();
    expect(errorOf(path)).toBe("opened");
    for (const store of stores) store.close();
  });

  it.each([
    ["an empty file", "", "store-corrupt it is too short or too long"],
    ["a text", "hello".repeat(100_000), "store-corrupt it is too short or too long"],
  ])("is not made over %s", (_, text, error) => {
    using files = folder();
    writeFileSync(files.at("table"), text);
    expect(errorOf(files.at("table"))).toBe(error);
  });

  it("is not a folder, nor behind a link, nor in a folder that is not there", () => {
    using files = folder();
    mkdirSync(files.at("folder"));
    expect(errorOf(files.at("folder"))).toMatch(/^store-failed Is a directory/);
    nativeStore({ shared: { path: files.at("table") } }).close();
    symlinkSync(files.at("table"), files.at("link"));
    expect(errorOf(files.at("link"))).toMatch(/^store-failed Too many levels of symbolic links/);
    expect(errorOf(files.at("nowhere/table"))).toMatch(/^store-failed No such file or directory/);
  });

  it("is not opened by who may not write to it", () => {
    using files = folder();
    nativeStore({ shared: { path: files.at("table") } }).close();
    chmodSync(files.at("table"), 0o400);
    chmodSync(files.at("."), 0o755);
    expect(asNobody(() => errorOf(files.at("table")))).toMatch(/^store-failed Permission denied/);
  });

  it.each([0, 1, 4_096, 65_536, tableAt - 1, tableAt, tableAt + 4_096, tableAt + 2 ** 20])(
    "is not opened cut to %i bytes",
    (length) => {
      using files = folder();
      nativeStore({ shared: { path: files.at("table") } }).close();
      truncateSync(files.at("table"), length);
      expect(errorOf(files.at("table"))).toMatch(/^store-corrupt/);
    },
  );

  it.each([
    ["its header", 100, "0-44"],
    ["the table's header", 100, `${tableAt}-${tableAt + 64}`],
    ["what was being written", 100, `${2 ** 16}-${2 ** 16 + 400}`],
    ["the shards", 60, `${tableAt + 256}-${tableAt + 12_544}`],
    ["the counts and leases", 150, `${tableAt + 12_544}-${tableAt + 700_000}`],
  ])("never crashes or hangs us with bytes flipped in %s", async (_, rounds, ...areas) => {
    using files = folder();
    const path = files.at("table");
    nativeStore({ shared: { path }, maxKeys: 2_000, clock }).close();
    const args = [corrupter, path, "7", `${rounds}`, ...areas];
    const { stdout } = await run(process.execPath, args, { timeout: 150_000 });
    const tally = JSON.parse(stdout) as Record<string, number>;
    const met = Object.keys(tally);
    expect(
      met.filter((what) => !/^(answers|(unopened: )?(store|id|invalid)-[a-z]+)$/.test(what)),
    ).toEqual([]);
    expect(met.length).toBeGreaterThan(0);
    expect(areas[0] === "0-44" ? met : ["unopened: store-corrupt"]).toEqual([
      "unopened: store-corrupt",
    ]);
  });
});
