import { setTimeout as pause } from "node:timers/promises";

import type { RunScript } from "../client.ts";

/**
 * Nothing was done, and soon it can be: keys of a script are on their way to another node, or a node is about to be promoted. ioredis says so
 * after it has been sent around for long enough.
 */
const passing =
  /^(?:Too many Cluster redirections\. Last error: ReplyError: (?:MOVED|ASK|TRYAGAIN)|TRYAGAIN|CLUSTERDOWN|READONLY)\b/;
const mostAttempts = 4;
const longestPauseMs = 20;

/** As `run`, but what a Cluster in change turns away is asked again: three times, 5 to 20 ms apart. */
export function patient(run: RunScript): RunScript {
  const again: RunScript = async (script, keys, args) => {
    for (let attempt = 2; ; attempt++) {
      await pause(longestPauseMs * (1 + 3 * Math.random()) * 0.25);
      try {
        return await run(script, keys, args);
      } catch (error) {
        if (attempt === mostAttempts || !isPassing(error)) throw error;
      }
    }
  };
  return (script, keys, args) =>
    run(script, keys, args).catch((error: unknown) => {
      if (isPassing(error)) return again(script, keys, args);
      throw error;
    });
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && passing.test(error.message);
}
