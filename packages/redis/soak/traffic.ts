import { setTimeout as wait } from "node:timers/promises";

import { type AsyncStore, createLimiter, type Lease, type Limit } from "@sluice/core";
import { type HistoryRecord, type Random, recordHistory } from "@sluice/core/testing";

/** Whose traffic, under what, and who is told. */
export interface TrafficOptions {
  readonly limits: readonly Limit[];
  readonly random: Random;
  readonly by: string;
  readonly write: (record: HistoryRecord) => void;
  readonly fail: (error: unknown) => void;
}

/** Requests that come until they are stopped. */
export interface Traffic {
  /** Comes when all that are under way are over. */
  stop(): Promise<void>;
}

const everyMs = 10;

/** A request every 10 ms: some checked, most with a lease that is extended, settled, released, left to expire or asked for twice. */
export function startTraffic(
  store: AsyncStore,
  { limits, random, by, write, fail }: TrafficOptions,
): Traffic {
  const recorded = recordHistory(store, { by, write });
  const limiter = createLimiter({ limits, store: recorded.store });
  const running = new Set<Promise<void>>();
  let ids = 0;

  async function request(): Promise<void> {
    const subject = { tenant: "acme", user: `user-${random.integer(0, 3)}` };
    const cost = { tokens: random.integer(1, 400) };
    if (random.integer(0, 3) === 0) return void (await limiter.check(subject, cost));
    const id = `${by}-${ids++}`;
    const ask = async () => limiter.reserve(subject, cost, { id });
    const reservation = await ask();
    if (!reservation.allowed) return;
    await wait(random.integer(1, 50));
    if (random.integer(0, 3) === 0) await ask();
    await finish(reservation.lease);
  }

  async function finish(lease: Lease<AsyncStore>): Promise<void> {
    if (random.integer(0, 1) === 0) {
      await lease.extend({ tokens: random.integer(0, 200) });
      await wait(random.integer(1, 50));
    }
    const end = random.integer(0, 9);
    if (end === 0) return;
    if (end === 1) await lease.release();
    else await lease.settle({ tokens: random.integer(0, 400) });
  }

  const timer = setInterval(() => {
    const done = request().catch(fail);
    running.add(done);
    void done.then(() => running.delete(done));
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}
