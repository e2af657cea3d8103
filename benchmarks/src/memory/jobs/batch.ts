import { createLimiter, slidingWindow } from "@sluice/core";

import { collectGarbage } from "../../garbage.ts";
import { eachKey, type KeyOrder, uniformKeys } from "../../key-order.ts";
import { sink } from "../../loop.ts";
import type { Sample } from "../../report.ts";
import type { Task } from "../job.ts";
import type { StoreSubject } from "../subjects/store-subject.ts";

export const batchSize = 64;

/** Sixty-four subjects a call, over a million keys: nanoseconds for each key, its place in the batch built with it. */
export async function batch64({ subject, sizes, round }: Task<StoreSubject>): Promise<Sample[]> {
  const { keys, calls, warmUpCalls } = sizes;
  const limiter = createLimiter({
    limits: [slidingWindow({ name: "rpm", limit: 100, window: "1m", per: ["user"] })],
    store: subject.openStore({ maxKeys: keys }),
  });
  const run = (order: KeyOrder): number => {
    let admitted = 0;
    for (let start = 0; start < order.length; start += batchSize) {
      const end = Math.min(start + batchSize, order.length);
      const batch: { subject: { user: string } }[] = [];
      for (let index = start; index < end; index++) {
        batch.push({ subject: { user: `user-${order[index]!}` } });
      }
      const decisions = limiter.checkMany(batch);
      sink.last = decisions;
      for (const { allowed } of decisions) if (allowed) admitted++;
    }
    return admitted;
  };
  const order = uniformKeys(keys, calls, round);
  run(eachKey(keys));
  await collectGarbage();
  run(uniformKeys(keys, warmUpCalls, round + 2000));
  const startMs = performance.now();
  run(order);
  const value = ((performance.now() - startMs) * 1e6) / calls;
  return [{ work: "batch64-1m", metric: "ns/op", value }];
}
