import { createHash } from "node:crypto";

import { Ratelimit } from "@upstash/ratelimit";
import type { Redis } from "ioredis";

import type { Opened, Opening, Subject } from "./subject.ts";

const name = "@upstash/ratelimit";
const promise =
  "two fixed windows weighed into an estimate of a sliding one, by the client's clock, one limit, a refusal is free; made for Upstash's own server: here over ioredis, without the flag in its scripts that no other server knows";

/** `limit` of its sliding window, each answer from the server. */
export const upstashRatelimit: Subject = {
  name,
  promise,
  open: (opening) => limited(opening, false),
};

/** The same, with its cache of those who were refused, for as long as its fixed window lasts. */
export const upstashRatelimitBlocking: Subject = {
  name,
  promise,
  open: (opening) => limited(opening, new Map()),
};

function limited({ client, limit }: Opening, ephemeralCache: Map<string, number> | false): Opened {
  const ratelimit = new Ratelimit({
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- all that it calls of Upstash's client
    redis: scriptsOver(client) as unknown as ConstructorParameters<typeof Ratelimit>[0]["redis"],
    limiter: Ratelimit.slidingWindow(limit, "60 s"),
    ephemeralCache,
  });
  return {
    async decide(key, cost) {
      const { success } = await ratelimit.limit(key, cost === 1 ? undefined : { rate: cost });
      return success;
    },
  };
}

/** `evalsha` and `eval` as Upstash's client has them. A stock server refuses the first line of its scripts, `#!lua flags=allow-key-locking`. */
function scriptsOver(client: Redis): object {
  const loaded = new Map<string, string>();
  const run = (digest: string, keys: readonly string[], args: readonly unknown[]) =>
    client.evalsha(digest, keys.length, ...keys, ...args.map(String));
  return {
    async evalsha(theirs: string, keys: readonly string[], args: readonly unknown[]) {
      const ours = loaded.get(theirs);
      if (ours === undefined) throw new Error("NOSCRIPT");
      return run(ours, keys, args);
    },
    async eval(script: string, keys: readonly string[], args: readonly unknown[]) {
      const digest = String(await client.script("LOAD", script.replace(/^#!.*/, "")));
      loaded.set(createHash("sha1").update(script).digest("hex"), digest);
      return run(digest, keys, args);
    },
  };
}
