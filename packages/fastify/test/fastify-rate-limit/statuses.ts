import type { Redis } from "ioredis";

import { play } from "./play.ts";
import { ours, theirs } from "./plugins.ts";
import type { Scenario } from "./scenario.ts";

/** The statuses that `plugin` answers a scenario with, or why it could not be played. */
export async function statuses(
  plugin: typeof ours,
  scenario: Omit<Scenario, "title">,
  redis?: Redis,
): Promise<unknown[]> {
  await redis?.flushall();
  const seen = await play(plugin, { title: "", ...scenario }, redis);
  return seen.flatMap((one) => {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return [];
    return "threw" in one ? [one.threw] : "statusCode" in one ? [one.statusCode] : [];
  });
}

/** What both answer: theirs, then ours. */
export async function both(scenario: Omit<Scenario, "title">, redis?: Redis): Promise<unknown[][]> {
  return [await statuses(theirs, scenario, redis), await statuses(ours, scenario, redis)];
}
