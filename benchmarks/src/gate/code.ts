import { pathToFileURL } from "node:url";

import type * as Core from "@sluice/core";
import type * as RedisPackage from "@sluice/redis";

import type * as Hash from "../../../packages/core/src/store/hash.ts";

/** The code that is judged: the repository's, or a copy of it that a test has made slower. */
export interface Code {
  readonly core: typeof Core;
  readonly hash: typeof Hash;
  readonly redis: typeof RedisPackage;
}

/** Loads the code below `packages`, a folder of `core` and `redis`. */
export async function loadCode(packages: string): Promise<Code> {
  const from = (file: string): string => pathToFileURL(`${packages}/${file}`).href;
  const core: typeof Core = await import(from("core/src/index.ts"));
  const hash: typeof Hash = await import(from("core/src/store/hash.ts"));
  const redis: typeof RedisPackage = await import(from("redis/src/index.ts"));
  return { core, hash, redis };
}
