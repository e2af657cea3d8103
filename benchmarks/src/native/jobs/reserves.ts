import { type Claim, slidingWindow } from "@sluice/core";

import { settle } from "../../garbage.ts";
import { eachKey, type KeyOrder, uniformKeys } from "../../key-order.ts";
import { nsPerCall, sink, syncLoop } from "../../loop.ts";
import type { Task } from "../../memory/job.ts";
import { batchSize } from "../../memory/jobs/batch.ts";
import type { StoreSubject } from "../../memory/subjects/store-subject.ts";
import type { Sample } from "../../report.ts";

/** A store by itself, over a million keys: one claim a call, and sixty-four calls in one, each claim built with its key. */
export async function reserves(task: Task<StoreSubject>): Promise<Sample[]> {
  const { keys, calls, warmUpCalls, settlingObjects } = task.sizes;
  const store = task.subject.openStore({ maxKeys: keys });
  const terms = slidingWindow({ name: "rpm", limit: 100, window: "1m", per: ["user"] }).termsFor(
    {},
  );
  const claimsOf = (subject: string): Claim[] => [{ terms, subject, cost: 1 }];
  const one = syncLoop(
    (key) => store.reserve(claimsOf(key)),
    ({ verdict }) => verdict === "allowed",
  );
  const many = (order: KeyOrder): number => {
    let admitted = 0;
    for (let start = 0; start < order.length; start += batchSize) {
      const end = Math.min(start + batchSize, order.length);
      const batch: Claim[][] = [];
      for (let index = start; index < end; index++) batch.push(claimsOf(`user-${order[index]!}`));
      const outcomes = store.reserveMany(batch);
      sink.last = outcomes;
      for (const { verdict } of outcomes) if (verdict === "allowed") admitted++;
    }
    return admitted;
  };
  many(eachKey(keys));
  await settle(settlingObjects);
  const warmUp = uniformKeys(keys, warmUpCalls, task.round + 2000);
  await one.run(warmUp);
  many(warmUp);
  const order = uniformKeys(keys, calls, task.round);
  const oneNs = await nsPerCall(one, order);
  const startMs = performance.now();
  many(order);
  const manyNs = ((performance.now() - startMs) * 1e6) / calls;
  store.close?.();
  return [
    { work: "reserve-1m", metric: "ns/op", value: oneNs },
    { work: "reserve64-1m", metric: "ns/op", value: manyNs },
  ];
}
