import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";

import { sink } from "../../loop.ts";
import type { Sample } from "../../report.ts";
import type { Task } from "../job.ts";

const windowMs = 10_000;

/** One key whose window stays full, of 100 requests and of 10,000: each call drops one entry and adds one. */
export async function fullWindow({ sizes }: Task): Promise<Sample[]> {
  const chunks = 5;
  const calls = Math.ceil(sizes.calls / chunks);
  const runs = { "window-100": fullWindowOf(100, 0), "window-10k": fullWindowOf(10_000, 0) };
  const totalNs = { "window-100": 0, "window-10k": 0 };
  for (const run of Object.values(runs)) run(sizes.warmUpCalls);
  for (let chunk = 0; chunk < chunks; chunk++) {
    for (const work of ["window-100", "window-10k"] as const) {
      const startMs = performance.now();
      runs[work](calls);
      totalNs[work] += (performance.now() - startMs) * 1e6;
    }
  }
  return [
    { work: "window-100", metric: "ns/op", value: totalNs["window-100"] / (calls * chunks) },
    { work: "window-10k", metric: "ns/op", value: totalNs["window-10k"] / (calls * chunks) },
  ];
}

/** Makes calls that fill a window of `limit` and keep it full. Throws when it was not. */
function fullWindowOf(limit: number, key: number): (calls: number) => void {
  const clock = manualClock();
  const limiter = createLimiter({
    limits: [slidingWindow({ name: "rpm", limit, window: windowMs, per: ["user"] })],
    store: memoryStore({ clock, maxKeys: 1 }),
  });
  const stepMs = windowMs / limit;
  const run = (calls: number): number => {
    let used = 0;
    for (let call = 0; call < calls; call++) {
      clock.advance(stepMs);
      const decision = limiter.check({ user: `user-${key}` });
      sink.last = decision;
      if (decision.allowed) used += decision.limits[0]!.used;
    }
    return used;
  };
  run(limit);
  return (calls) => {
    if (run(calls) !== calls * limit) throw new Error(`a window of ${limit} was not full`);
  };
}
