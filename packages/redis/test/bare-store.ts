import { type Clock, type Duration, durationMs, steadyClock } from "@sluice/core";

import type { BatchStore } from "../src/batch.ts";
import { type RedisClient, scriptRunner } from "../src/client.ts";
import { exactStore } from "../src/exact.ts";

/** What `redisStore` has innermost, on one server: no deadline, no mode, nothing put back. */
export function bareStore(
  client: RedisClient,
  options: { readonly prefix?: string; readonly remember?: Duration; readonly clock?: Clock } = {},
): BatchStore {
  const { prefix = "sluice:", remember = "10m", clock } = options;
  return exactStore(scriptRunner(client), {
    prefix,
    rememberMs: durationMs(remember, "remember"),
    clock: clock && steadyClock(clock),
    writesLooks: clock !== undefined,
  });
}
