import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";

import { collectGarbage } from "../../garbage.ts";
import { eachKey, uniformKeys } from "../../key-order.ts";
import { nsPerCall, syncLoop } from "../../loop.ts";
import type { Sample } from "../../report.ts";
import type { Task } from "../job.ts";

/** Requests, tokens and places in flight decided together, over a million keys. */
export async function threeLimits({ sizes, round }: Task): Promise<Sample[]> {
  const { keys, calls, warmUpCalls } = sizes;
  const per = ["user"];
  const limiter = createLimiter({
    limits: [
      slidingWindow({ name: "rpm", limit: 100, window: "1m", per }),
      slidingWindow({ name: "tpm", unit: "tokens", limit: 100_000, window: "1m", per }),
      concurrency({ name: "inflight", limit: 10, per }),
    ],
    store: memoryStore({ maxKeys: 3 * keys }),
  });
  const loop = syncLoop(
    (user) => limiter.check({ user }, { requests: 1, tokens: 10 }),
    (decision) => decision.allowed,
  );
  const order = uniformKeys(keys, calls, round);
  await loop.run(eachKey(keys));
  await collectGarbage();
  await loop.run(uniformKeys(keys, warmUpCalls, round + 2000));
  return [{ work: "limits3-1m", metric: "ns/op", value: await nsPerCall(loop, order) }];
}
