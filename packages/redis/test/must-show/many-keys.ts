import { createLimiter, slidingWindow } from "@sluice/core";
import { redisStore } from "@sluice/redis";
import { Redis } from "ioredis";

import { startRedis } from "../servers/redis-server.ts";
import { until } from "../servers/until.ts";

/** What came of a server with a count for each of many subjects. */
export interface ManyKeys {
  readonly filledMs: number;
  /** Keys, when all were filled. */
  readonly filled: number;
  /** What each reset took on the server, in microseconds, in order. */
  readonly resetUs: readonly number[];
  /** Keys that are gone by the resets. */
  readonly gone: number;
  /** Whether those that were reset have nothing charged, and one that was not has. */
  readonly isForgotten: boolean;
  /** Keys without an expiry, of some. */
  readonly immortal: number;
  /** How long after the last window had ended nothing was left but the key of the pulse. */
  readonly emptyMs: number;
  readonly left: readonly string[];
}

const resets = 21;
const batch = 2_000;

/** Fills a server with a count for each of so many tenants, resets some, and waits until the windows are over. */
export async function manyKeys(tenants: number, windowMs: number): Promise<ManyKeys> {
  await using server = await startRedis();
  const client = new Redis(server.port, server.host);
  try {
    const limit = slidingWindow({ name: "rpm", limit: 10, window: windowMs, per: ["tenant"] });
    const store = redisStore(client, { deadlineMs: 60_000, failure: "refuse" });
    const limiter = createLimiter({ limits: [limit], store });
    const startMs = performance.now();
    for (let next = 0; next < tenants; next += batch) {
      const size = Math.min(batch, tenants - next);
      const requests = Array.from({ length: size }, (_, at) => ({ subject: tenant(next + at) }));
      const decisions = await limiter.checkMany(requests);
      if (!decisions.every(({ allowed }) => allowed)) throw new Error("a request was refused");
    }
    const endMs = performance.now();
    const filled = await client.dbsize();
    const sample = await Promise.all(Array.from({ length: 500 }, () => client.randomkey()));
    const ttls = await Promise.all(sample.map(async (key) => client.pttl(key!)));
    // The last ones: their windows are the last to end.
    const chosen = Array.from({ length: resets }, (_, index) => tenant(tenants - 1 - 2 * index));
    // The script is known to the server before it is timed.
    await limiter.reset({ tenant: "nobody" });
    await client.config("SET", "slowlog-log-slower-than", "0");
    await client.config("SET", "slowlog-max-len", "1000");
    await client.slowlog("RESET");
    for (const subject of chosen) await limiter.reset(subject);
    const log = await client.slowlog("GET", 1_000);
    await client.config("SET", "slowlog-log-slower-than", "-1");
    const gone = filled - (await client.dbsize());
    const seen = await Promise.all([...chosen, tenant(tenants - 2)].map((at) => limiter.peek(at)));
    const used = seen.map(({ limits: [state] }) => state!.used);
    const isForgotten = used.pop() === 1 && used.every((units) => units === 0);
    const isLeft = async (): Promise<true | undefined> =>
      (await client.dbsize()) <= 1 ? true : undefined;
    await until("the windows are over", isLeft, 4 * windowMs + 60_000);
    return {
      filledMs: endMs - startMs,
      filled,
      resetUs: timesOf(log).toSorted((a, b) => a - b),
      gone,
      isForgotten,
      immortal: ttls.filter((ttl) => ttl === -1).length,
      emptyMs: performance.now() - endMs - windowMs,
      left: await client.keys("*"),
    };
  } finally {
    client.disconnect();
  }
}

function tenant(index: number): { readonly tenant: string } {
  return { tenant: `tenant-${index}` };
}

/** Of the scripts that charge or forget counts: those of the pulse name its key. */
function timesOf(log: unknown): number[] {
  if (!Array.isArray(log)) throw new Error("expected a list");
  return log.flatMap((entry: unknown) => {
    if (!Array.isArray(entry) || !Array.isArray(entry[3])) return [];
    const command = entry[3].map(String);
    const isReset =
      /^evalsha$/i.test(command[0] ?? "") && command.some((arg) => arg.includes("{tenant-"));
    return isReset ? [Number(entry[2])] : [];
  });
}
