import { createRequire } from "node:module";

import { SluiceError } from "@sluice/core";

import type { Binding } from "./binding.ts";
import { platformName } from "./platform.ts";

/** Where the addon was found. */
export interface Native {
  /** The machine that it was built for, as `linux-x64-gnu`. */
  readonly platform: string;
  /** The file, or the package, that it was loaded from. */
  readonly from: string;
}

/** The addon, as it was found. */
export interface Loaded extends Native {
  readonly binding: Binding;
}

/** What came of looking for the addon. */
interface Found {
  readonly native: Loaded | undefined;
  /** Why there is none. */
  readonly reason: string;
}

let found: Found | undefined;

/**
 * The addon, or `undefined` where there is none for this machine, or `SLUICE_NATIVE` is `off`. Where that is `require`, it
 * throws `native-unavailable` instead.
 */
export function loadNative(): Native | undefined {
  const loaded = loadBinding();
  return loaded && { platform: loaded.platform, from: loaded.from };
}

/** As `loadNative`, with what the addon exports. */
export function loadBinding(): Loaded | undefined {
  const wanted = process.env["SLUICE_NATIVE"];
  if (wanted === "off") return undefined;
  found ??= find();
  if (found.native === undefined && wanted === "require") throw unavailable();
  return found.native;
}

/** The error that says why there is no addon, and what to use instead. */
export function unavailable(): SluiceError {
  return new SluiceError("native-unavailable", `nativeStore: ${whyNot()}; use memoryStore()`);
}

/** Why `loadNative` has nothing. */
export function whyNot(): string {
  if (process.env["SLUICE_NATIVE"] === "off") return "SLUICE_NATIVE is off";
  return (found ??= find()).reason;
}

function find(): Found {
  const require = createRequire(import.meta.url);
  const platform = platformName();
  const causes: string[] = [];
  // One that was built here comes before one that was installed.
  for (const from of [`../sluice.${platform}.node`, `@sluice/core-native-${platform}`]) {
    try {
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- what the addon is, binding.ts says
      const binding = require(from) as Binding;
      return { native: { platform, from: require.resolve(from), binding }, reason: "" };
    } catch (error) {
      if (!isMissing(error)) causes.push(String(error).split("\n")[0]!);
    }
  }
  const why = causes.length === 0 ? "" : ` (${causes.join("; ")})`;
  return { native: undefined, reason: `there is no binary for ${platform} here${why}` };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
}
