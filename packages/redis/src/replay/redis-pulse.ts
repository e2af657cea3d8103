import type { RunScript } from "../client.ts";
import { pulseScript } from "../scripts.generated.ts";
import type { WritePulse } from "./pulse.ts";

/** Longer than any process is without the server, or without a grant that still counts, and comes back. */
const lifetimeMs = 600_000;

/** The pulse of this process on one server, in a key of its own. */
export function redisPulse(run: RunScript, prefix: string): WritePulse {
  const key = `${prefix}{~pulse}:${crypto.randomUUID()}`;
  return async (known, next) => {
    const had = await run(pulseScript, [key], [String(known), String(next), String(lifetimeMs)]);
    if (typeof had === "number") return had;
    throw new Error("the server answered something else than a number to a pulse");
  };
}
