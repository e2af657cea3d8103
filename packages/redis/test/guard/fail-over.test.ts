import { slidingWindow } from "@sluice/core";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";

import { scriptRunner } from "../../src/client.ts";
import { guard, type GuardedStore } from "../../src/guard.ts";
import { replay } from "../../src/replay.ts";
import { redisPulse } from "../../src/replay/redis-pulse.ts";
import { bareStore } from "../bare-store.ts";
import { startSentinelSet } from "../servers/sentinel.ts";
import { until } from "../servers/until.ts";
import { lagMeter } from "./lag.ts";
import { type Load, startLoad } from "./load.ts";
import { pause } from "./world.ts";

const capacity = 10_000;
const lagMs = 600;
/** A second. */
const rate = 5_000;
const beatMs = 200;
const limit = slidingWindow({ name: "rpm", limit: capacity, window: "5m", per: [] });
const claims = [{ terms: limit.termsFor(), subject: "", cost: 1 }];

interface Process {
  readonly client: Redis;
  readonly store: GuardedStore;
  readonly load: Load;
}

interface OverGrant {
  /** What was granted in all beyond the capacity. */
  readonly over: number;
  /** Of charges that came too late and were given back. */
  readonly late: number;
  /** Of what was granted, that which came after the primary was killed and before the last process had put back what was lost. */
  readonly meanwhile: number;
}

/** What is granted by two processes that ask for 5,000 a second and refuse while there is no primary. */
async function overGrant(hasReplay: boolean): Promise<OverGrant> {
  await using set = await startSentinelSet({ lagMs, downAfterMs: 1_500 });
  using lag = lagMeter();
  let grantedAtLast = 0;
  const start = async (): Promise<Process> => {
    const { name, sentinels, natMap } = set;
    const client = new Redis({
      name,
      sentinels: [...sentinels],
      natMap,
      sentinelRetryStrategy: () => 100,
    });
    client.on("error", () => {});
    await client.ping();
    const exact = bareStore(client, { prefix: "test:" });
    const pulse = redisPulse(scriptRunner(client), "test:");
    const observe = (): void => void own.restored().then(() => (grantedAtLast = granted()));
    const own = replay(exact, { pulse, beatMs, observe });
    const options = { failure: "refuse" } as const;
    const store = hasReplay ? guard(own, { ...options, own }) : guard(exact, options);
    return { client, store, load: startLoad(store, claims, rate / 2 / 100, lag) };
  };
  const processes = await Promise.all([start(), start()]);
  const granted = (): number => processes.reduce((sum, { load }) => sum + load.report.granted, 0);
  await pause(1_200);
  const before = granted();
  grantedAtLast = before;
  await set.failOver();
  let last = -1;
  await until("nothing more is granted", async () => {
    const now = granted();
    const isExact = processes.every(({ store }) => store.health().state === "exact");
    const isOver = isExact && now === last;
    last = now;
    await pause(300);
    return isOver ? true : undefined;
  }).finally(async () => {
    await Promise.all(processes.map(async ({ load }) => load.stop()));
    for (const { client } of processes) client.disconnect();
  });
  const late = processes.reduce((sum, { store }) => sum + store.bound().late, 0);
  return { over: granted() - capacity, late, meanwhile: grantedAtLast - before };
}

describe("a fail-over to a replica that lags by 600 ms, at 5,000 grants a second", () => {
  it("grants no more than the bound, and next to nothing with replay", async () => {
    const without = await overGrant(false);
    const replayed = await overGrant(true);
    process.stdout.write(
      `granted again after the fail-over: ${without.over} without replay (${without.late} late), ` +
        `${replayed.over} with (${replayed.late} late, ${replayed.meanwhile} before all was put back); bound ${capacity}\n`,
    );
    expect(without.over).toBeLessThanOrEqual(capacity + without.late);
    // A loss of what came after the last beat is not seen; and the others may be granted until all have put theirs back.
    const unseen = (rate * beatMs) / 1_000;
    expect(replayed.over).toBeLessThanOrEqual(unseen + replayed.meanwhile + replayed.late);
  });
});
